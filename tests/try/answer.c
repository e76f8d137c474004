/* A library that a program needs. */
int answer(void) { return 42; }
