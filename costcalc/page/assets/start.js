start();
//# sourceURL=costcalc.js
