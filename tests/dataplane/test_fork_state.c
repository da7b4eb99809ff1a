/* SPDX-License-Identifier: BSD-3-Clause */
#include "fork.h"
int main(int argc, char **argv) { return rig_main(argc, argv); }
