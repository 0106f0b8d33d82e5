/* SPDX-License-Identifier: MIT
 *
 * Included before each file of the core when an analyser reads it, which sees one file at a time:
 * what the functions that all modules share answer. tests/check_error.c holds them to it.
 */
#include "internal.h"

#define IGDPT_NO_MORE_THAN_ZERO(call)                                                              \
	__extension__({                                                                                \
		int rc_ = call;                                                                            \
		if (rc_ > 0)                                                                               \
			__builtin_unreachable();                                                               \
		rc_;                                                                                       \
	})

#define igdpt_priv_fail(...) ((void)igdpt_priv_fail(__VA_ARGS__), -1)
#define igdpt_priv_struct_in(...) IGDPT_NO_MORE_THAN_ZERO(igdpt_priv_struct_in(__VA_ARGS__))
#define igdpt_priv_room(...) IGDPT_NO_MORE_THAN_ZERO(igdpt_priv_room(__VA_ARGS__))
