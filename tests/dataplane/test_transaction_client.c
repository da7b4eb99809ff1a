/* SPDX-License-Identifier: BSD-3-Clause */
#include "transaction.h"

int
main(int argc, char **argv)
{
	return rig_main(argc, argv);
}
