//! Launch: what Lambda would start, whatever it was read from.
