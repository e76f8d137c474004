/* A program that does its work once, and asks Lambda for nothing. */
#include <stdio.h>

int main(void) {
    puts("done");
    return 0;
}
