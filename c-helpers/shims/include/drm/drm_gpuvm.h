/* SPDX-License-Identifier: GPL-2.0 */
/* New in 6.7. Nothing of it is used where it is missing: kernel::drm::gpuvm asks for CONFIG_RUST_DRM_GPUVM. */
