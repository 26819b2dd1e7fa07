"""How a page looks: plain text, terminal, Markdown, HTML. Knows no network."""
