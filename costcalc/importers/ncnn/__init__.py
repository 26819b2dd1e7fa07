"""ncnn .param files."""
