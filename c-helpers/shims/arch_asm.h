/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inline assembly that C and Rust share: static branches and warnings, as the
 * target's own headers write them, under the names that upstream's Rust expands.
 *
 * Their headers keep it inside of functions before it was shared. What it relies
 * on is the layout of the tables that it fills, which is checked here.
 */

#include <linux/bug.h>
#include <linux/jump_label.h>
#include <linux/objtool.h>

#if defined(CONFIG_X86_64) && defined(CONFIG_JUMP_LABEL) && !defined(ARCH_STATIC_BRANCH_ASM)
#include <linux/stringify.h>
#include <asm/nops.h>

static_assert(sizeof(struct jump_entry) == 16);
static_assert(offsetof(struct jump_entry, target) == 4);
static_assert(offsetof(struct jump_entry, key) == 8);

/* With the hack, objtool turns a jump into a no-op of the right length, and bit 1 of the key says so. */
#ifdef CONFIG_HAVE_JUMP_LABEL_HACK
#define CARRIED_BRANCH(key, label) "1: jmp " label "\n\t"
#define CARRIED_KEY(key) key " + 2"
#else
/* The kernel replaces what it expects to find, and nothing else. */
#if defined(STATIC_KEY_INIT_NOP)
#define CARRIED_NOP STATIC_KEY_INIT_NOP
#elif defined(BYTES_NOP5)
#define CARRIED_NOP BYTES_NOP5
#else
#error no header of the target says which no-op a static branch begins with
#endif
#define CARRIED_BRANCH(key, label) "1: .byte " __stringify(CARRIED_NOP) "\n\t"
#define CARRIED_KEY(key) key
#endif

#define ARCH_STATIC_BRANCH_ASM(key, label)			\
	CARRIED_BRANCH(key, label)				\
	".pushsection __jump_table, \"aw\" \n\t"		\
	".balign 8 \n\t"					\
	".long 1b - ., " label " - . \n\t"			\
	".quad " CARRIED_KEY(key) " - . \n\t"			\
	".popsection \n\t"
#endif

#if defined(CONFIG_X86_64) && defined(CONFIG_GENERIC_BUG) && !defined(ARCH_WARN_ASM)
static_assert(IS_ENABLED(CONFIG_GENERIC_BUG_RELATIVE_POINTERS));
static_assert(offsetof(struct bug_entry, bug_addr_disp) == 0);

#ifdef CONFIG_DEBUG_BUGVERBOSE
static_assert(offsetof(struct bug_entry, file_disp) == 4);
static_assert(offsetof(struct bug_entry, line) == 8);
static_assert(offsetof(struct bug_entry, flags) == 10);
#define CARRIED_WHERE(file, line)				\
	"\t.long " file " - .\n"				\
	"\t.word " line "\n"
#else
static_assert(offsetof(struct bug_entry, flags) == 4);
#define CARRIED_WHERE(file, line) ""
#endif

#define ARCH_WARN_ASM(file, line, flags, size)			\
	"1:\tud2\n"						\
	".pushsection __bug_table, \"aw\"\n"			\
	"2:\t.long 1b - .\n"					\
	CARRIED_WHERE(file, line)				\
	"\t.word " flags "\n"					\
	"\t.org 2b + " size "\n"				\
	".popsection\n"

/* Tells objtool that execution goes on after a warning's ud2. */
#ifdef ASM_REACHABLE
#define ARCH_WARN_REACHABLE ASM_REACHABLE
#else
#define ARCH_WARN_REACHABLE					\
	"998:\n\t"						\
	".pushsection .discard.reachable\n\t"			\
	".long 998b - .\n\t"					\
	".popsection\n"
#endif
#endif
