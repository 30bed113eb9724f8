/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of a wheel: only the way to the library that has it. */
int fletching_main(int argc, char** argv);

int main(int argc, char** argv) { return fletching_main(argc, argv); }
