// SPDX-License-Identifier: GPL-2.0
/* As forms.rs, step by step. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
	uint64_t first[32];
	uint32_t value;
	struct node *next;
	uint64_t more[256];
};

/* An atomic that other threads may use, for all that the compiler knows. */
_Atomic(struct node *) shared;

__attribute__((noinline)) void say(uint32_t x, uint32_t y)
{
	printf("%u,%u\n", x, y);
}

#if defined(FORM_with_addr)
static uint64_t elsewhere;
#endif

static inline uintptr_t hide(uintptr_t address)
{
	__asm__ volatile("" : "+r"(address));
	return address;
}

__attribute__((noinline)) void zap(void)
{
	struct node *a = malloc(sizeof(struct node)), *b, *s;
	uintptr_t at;

	a->value = 2;
#if defined(FORM_variable) || defined(FORM_asm)
	struct node *kept = a;
#elif defined(FORM_exposed) || defined(FORM_with_addr)
	uintptr_t kept = (uintptr_t)a;
#elif defined(FORM_field)
	struct { uintptr_t address; } kept;

	kept.address = (uintptr_t)a;
#elif defined(FORM_local)
	_Atomic(struct node *) kept = a;
#elif defined(FORM_atomic)
	atomic_store_explicit(&shared, a, memory_order_relaxed);
#elif defined(FORM_early)
	_Atomic(struct node *) early = (struct node *)hide((uintptr_t)a);
	struct node *kept = atomic_load_explicit(&early, memory_order_relaxed);
#elif defined(FORM_volatile)
	struct node *volatile kept = a;
#elif defined(FORM_list)
	_Atomic(struct node *) head = a;
	struct node *node = malloc(sizeof(struct node));
	struct node *loaded = atomic_load_explicit(&head, memory_order_relaxed);

	node->next = loaded;
	if (atomic_exchange_explicit(&head, NULL, memory_order_acquire) != a)
		abort();
#endif
	at = hide((uintptr_t)a);
	free(a);
	b = malloc(sizeof(struct node));
	/* B becomes known to others, as an object is that is pushed. */
	__asm__ volatile("" : : "r"(b) : "memory");
	if (at != hide((uintptr_t)b))
		abort();
#if defined(FORM_variable) || defined(FORM_early) || defined(FORM_volatile)
	s = kept;
#elif defined(FORM_exposed)
	s = (struct node *)kept;
#elif defined(FORM_field)
	s = (struct node *)kept.address;
#elif defined(FORM_local)
	s = atomic_load_explicit(&kept, memory_order_relaxed);
#elif defined(FORM_atomic)
	s = atomic_load_explicit(&shared, memory_order_relaxed);
#elif defined(FORM_asm)
	s = kept;
	__asm__("/* %0 */" : "+r"(s));
#elif defined(FORM_with_addr)
	struct node *other = (struct node *)hide((uintptr_t)&elsewhere);

	s = (struct node *)((char *)other + (kept - (uintptr_t)other));
#elif defined(FORM_list)
	atomic_store_explicit(&head, b, memory_order_release);
	if (!atomic_compare_exchange_strong_explicit(&head, &loaded, node, memory_order_release,
						     memory_order_relaxed))
		abort();
	s = atomic_exchange_explicit(&head, NULL, memory_order_acquire)->next;
#endif
	b->value = 3;
	uint32_t x = s->value;
	b->value = 4;
	uint32_t y = s->value;

	say(x, y);
}

int main(void)
{
	zap();
}
