/* SPDX-License-Identifier: MIT */
#ifndef IGDPT_ERROR_H
#define IGDPT_ERROR_H

#include "igdpt/base.h"

/**
 * @defgroup igdpt_error Errors and findings
 *
 * An error code says what kind of thing went wrong. A finding says which rule, at which byte, with
 * which value, how bad it is and what to do: the same record serves as the reason of a refusal and
 * as a line of a validator's report. Both are API: numbers and names never change meaning.
 *
 * @par Units and byte order
 * Offsets in bytes of the input that the failing function was given; numbers are host-endian.
 *
 * @par Lifetime
 * A finding holds no pointer; every string is a constant of the library.
 *
 * @par Source
 * igdpt/findings.def names the source of each rule; igdpt_finding_describe() tells it.
 * @{
 */

/** Error codes. Functions return them negated: `-IGDPT_E_TRUNCATED`. */
enum igdpt_error {
	IGDPT_OK = 0,
	IGDPT_E_INVALID = 1,      /**< an argument is outside its documented range */
	IGDPT_E_TRUNCATED = 2,    /**< the input ends before what it promises */
	IGDPT_E_MAGIC = 3,        /**< a signature is missing */
	IGDPT_E_SIZE = 4,         /**< a size field has an impossible value */
	IGDPT_E_VERSION = 5,      /**< a version that has no defined meaning here */
	IGDPT_E_CHECKSUM = 6,     /**< a checksum does not match */
	IGDPT_E_RANGE = 7,        /**< an address or offset is out of bounds or wraps */
	IGDPT_E_OVERLAP = 8,      /**< two things claim the same bytes */
	IGDPT_E_ALIGN = 9,        /**< an address or size is not aligned */
	IGDPT_E_NOSPACE = 10,     /**< the output buffer is too small; the needed size is reported */
	IGDPT_E_NOTFOUND = 11,    /**< what was asked for is not there */
	IGDPT_E_UNSUPPORTED = 12, /**< known, and not possible here */
	IGDPT_E_DUPLICATE = 13,   /**< a name or key occurs twice */
	IGDPT_E_NAME = 14,        /**< a name is empty or too long */
	IGDPT_E_SYNTAX = 15,      /**< a text does not have the expected form */
	IGDPT_E_NOMEM = 16,       /**< a `_new` function could not allocate */
	IGDPT_E_IO = 17,          /**< reading from the system failed */
	IGDPT_E_ACCESS = 18,      /**< the system refused access */
	IGDPT_E_ABI_SIZE = 19,    /**< a struct's `size` member is impossible */
	IGDPT_E_ABI_UNKNOWN = 20, /**< a member that this library does not know is not zero */
	IGDPT_E_INTERNAL = 21     /**< cannot happen */
};

/** How bad a finding is. */
enum igdpt_severity {
	IGDPT_SEV_INFO = 1,    /**< worth knowing, common on working machines */
	IGDPT_SEV_WARNING = 2, /**< some consumer is known to stumble */
	IGDPT_SEV_ERROR = 3    /**< strict consumers must refuse this */
};

/** Finding numbers; one row each in igdpt/findings.def. */
enum igdpt_finding_id {
#define IGDPT_FINDING(num, name, text, severity, error, message, remedy, source)                   \
	IGDPT_F_##name = num,
#include "igdpt/findings.def"
#undef IGDPT_FINDING
	IGDPT_F_NONE = 0
};

/** One finding. Filled by the library. */
struct igdpt_finding {
	uint32_t size;     /**< sizeof, set by the caller */
	uint32_t id;       /**< ::igdpt_finding_id, 0 if nothing was found */
	uint32_t severity; /**< ::igdpt_severity */
	int32_t error;     /**< negative ::igdpt_error that a strict consumer returns */
	uint64_t offset;   /**< byte offset in the input, or ::IGDPT_NO_OFFSET */
	uint64_t value;    /**< the value found */
	uint64_t want;     /**< the value or bound expected */
};

/** What is known about a finding number. The strings live as long as the library. */
struct igdpt_finding_info {
	uint32_t size;       /**< sizeof, set by the caller */
	uint32_t severity;   /**< ::igdpt_severity */
	int32_t error;       /**< negative ::igdpt_error */
	uint32_t reserved;   /**< zero */
	const char *name;    /**< stable name, e.g. "opregion-signature" */
	const char *message; /**< template: %v and %w are value and want in hex, %V and %W decimal */
	const char *remedy;  /**< what to do */
	const char *source;  /**< specification, kernel file or measurement behind the rule */
};

/**
 * Receives findings, in order of the rules. Called on the caller's thread, during the call only.
 * The record is valid during the callback.
 */
typedef void (*igdpt_finding_fn)(void *user, const struct igdpt_finding *finding);

IGDPT_BEGIN_DECLS

/**
 * One English sentence for an error code.
 *
 * @param error an ::igdpt_error of either sign
 * @return a constant string, never NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API const char *igdpt_strerror(int error);

/**
 * What is known about a finding number: walk 1..9999 to list them all.
 *
 * @param id an ::igdpt_finding_id
 * @param[in,out] info `size` set by the caller
 * @retval 0 filled
 * @retval -IGDPT_E_NOTFOUND no such number
 * @retval -IGDPT_E_ABI_SIZE `info->size` is impossible
 * @retval -IGDPT_E_INVALID `info` is NULL
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_finding_describe(uint32_t id, struct igdpt_finding_info *info);

/**
 * The message of a finding with its numbers filled in, e.g. "RVDA 0x400 points into the OpRegion
 * (must be at least 0x2000)". Neither the offset nor a newline is part of it.
 *
 * @param finding a filled finding
 * @param[out] buf NUL-terminated text; cut if too long. May be NULL if `len` is 0
 * @param len room in `buf`, in bytes
 * @return the length that the whole text has without its NUL, or a negative error
 * @retval -IGDPT_E_NOTFOUND the finding has no known number
 * @par Thread safety
 * Any thread, any time.
 * @since 1.0
 */
IGDPT_API int igdpt_finding_format(const struct igdpt_finding *finding, char *buf, size_t len);

IGDPT_END_DECLS

/** @} */
#endif
