/* SPDX-License-Identifier: GPL-2.0 */
/* What `kernel::workqueue` names of workqueues. */

#include <linux/workqueue.h>

#ifndef FERRITE_HAVE_WORKQUEUE_BH
/* Work for softirqs may run in a thread as well: the one with the least delay. */
extern struct workqueue_struct *system_bh_wq __asm__("system_highpri_wq");
extern struct workqueue_struct *system_bh_highpri_wq __asm__("system_highpri_wq");
#endif

#if defined(__BINDGEN__) && !defined(FERRITE_HAVE_WORKQUEUE_MISC_CONSTS)
const int RUST_CONST_HELPER_wq_misc_consts_WORK_CPU_UNBOUND = WORK_CPU_UNBOUND;
#endif
