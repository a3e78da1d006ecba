/* SPDX-License-Identifier: GPL-2.0 */
/* Called from Rust. */

struct auxiliary_device;

struct auxiliary_device *ferrite_soundness_foreign_new(void);
void ferrite_soundness_foreign_free(struct auxiliary_device *foreign);
