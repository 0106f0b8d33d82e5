/* SPDX-License-Identifier: MIT
 *
 * GGC: every codec number, every register value, every size.
 */
#include "igdpt/stolen.h"
#include "internal.h"
#include "proof.h"

void prove_decode(void)
{
	struct igdpt_stolen s = { .size = sizeof(s) };
	struct igdpt_finding why = { .size = sizeof(why) };
	uint32_t ggc = any32();
	int rc = igdpt_stolen_decode(any32(), ggc, any32(), &s, &why);

	prove(rc <= 0);
	prove(implies(rc == 0, ggc <= UINT16_MAX));
	prove(implies(rc == 0, s.dsm_bytes % MIB == 0 && s.dsm_bytes < 8 * GIB));
	prove(implies(rc == 0, s.gsm_bytes <= 8 * MIB && s.gsm_bytes % MIB == 0));
}

/* What is encoded decodes to the size asked for, and nothing else in the register moves. */
void prove_encode(void)
{
	struct igdpt_stolen before = { .size = sizeof(before) }, s = { .size = sizeof(s) };
	uint32_t codec = any32(), ggc = any32(), encoded = any32();
	uint64_t dsm_bytes = any64();
	int old = igdpt_stolen_decode(codec, ggc, 0, &before, NULL);
	int rc = igdpt_stolen_encode(codec, ggc, dsm_bytes, &encoded, NULL);

	prove(rc <= 0);
	if (rc < 0)
		return;
	prove(igdpt_stolen_decode(codec, encoded, 0, &s, NULL) == 0);
	prove(s.dsm_bytes == dsm_bytes);
	prove(implies(old == 0, s.ggms == before.ggms && s.gsm_bytes == before.gsm_bytes));
	prove(((encoded ^ ggc) & (IGDPT_STOLEN_LOCKED | IGDPT_STOLEN_VGA_OFF)) == 0);
	prove(!(s.flags & IGDPT_STOLEN_GMS_UNUSUAL));
}
