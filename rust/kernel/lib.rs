// SPDX-License-Identifier: GPL-2.0

//! The carried `kernel` crate: the table of its modules.
//!
//! A plain `mod` line is upstream's own file, compiled as it is. A line with `#[path = "overlay/..."]`
//! is ours. A comment line `// name: why` is a module that is left out. Conditions are upstream's
//! own; `CONFIG_` names are the target's configuration, completed by the answers of `probes/`.
//!
//! All else that upstream's crate root holds (features, macros, the panic handler) is taken from upstream's
//! `lib.rs` when `scripts/carried-root.awk` makes the crate root of this table. The same script fails
//! when a module of upstream's is neither declared nor explained here.

// Memory.
pub mod alloc;
pub mod page;
pub mod mm;
pub mod uaccess;
pub mod iov;
pub mod transmute;
pub mod ptr;

// Containers and numbers.
pub mod list;
pub mod rbtree;
pub mod xarray;
pub mod maple_tree;
pub mod bitmap;
pub mod id_pool;
pub mod bitfield;
pub mod bits;
pub mod num;
pub mod sizes;

// Synchronisation, time and tasks.
pub mod sync;
pub mod revocable;
pub mod jump_label;
pub mod time;
pub mod workqueue;
pub mod task;
pub mod cred;
pub mod pid_namespace;
pub mod security;
pub mod processor;
pub mod cpu;
pub mod cpumask;
// Older drivers' callbacks are given the CPU's number where these take its policy.
#[cfg(all(CONFIG_CPU_FREQ, CONFIG_FERRITE_HAVE_CPUFREQ_POLICY_CALLBACKS))]
pub mod cpufreq;

// Text, errors, tracing.
pub mod print;
pub mod fmt;
pub mod str;
pub mod error;
pub mod bug;
pub mod build_assert;
pub mod tracepoint;
pub mod seq_file;
pub mod debugfs;
#[cfg(CONFIG_KUNIT)]
pub mod kunit;

// What a module is made of.
pub mod prelude;
pub mod module;
pub mod module_param;
pub mod init;
pub mod types;
pub mod interop;
pub mod safety;
#[doc(hidden)]
pub mod impl_flags;
#[doc(hidden)]
pub mod std_vendor;

// Files and what looks like files.
pub mod fs;
pub mod ioctl;
pub mod miscdevice;
#[cfg(CONFIG_CONFIGFS_FS)]
pub mod configfs;
// Older callbacks of a request queue have other signatures.
#[cfg(all(CONFIG_BLOCK, CONFIG_FERRITE_HAVE_BLK_MQ_INIT_REQUEST_INT))]
pub mod block;
#[cfg(CONFIG_NET)]
pub mod net;

// The driver core and its buses.
pub mod device;
pub mod device_id;
pub mod driver;
pub mod devres;
pub mod acpi;
pub mod of;
pub mod faux;
pub mod platform;
#[cfg(CONFIG_AUXILIARY_BUS)]
pub mod auxiliary;
#[cfg(CONFIG_PCI)]
pub mod pci;
#[cfg(CONFIG_I2C = "y")]
pub mod i2c;
#[cfg(CONFIG_USB = "y")]
pub mod usb;
#[cfg(CONFIG_SOC_BUS)]
pub mod soc;
#[cfg(CONFIG_RUST_SERIAL_DEV_BUS_ABSTRACTIONS)]
pub mod serdev;
#[cfg(CONFIG_RUST_FWCTL_ABSTRACTIONS)]
pub mod fwctl;
#[cfg(CONFIG_RUST_FW_LOADER_ABSTRACTIONS)]
pub mod firmware;

// Devices' resources.
pub mod io;
pub mod iommu;
pub mod dma;
pub mod scatterlist;
pub mod interrupt;
pub mod irq;
pub mod clk;
pub mod regulator;
// Older tables of operating points have neither references nor required devices.
#[cfg(all(CONFIG_PM_OPP, CONFIG_FERRITE_HAVE_OPP_REQUIRED_DEV))]
pub mod opp;
#[cfg(CONFIG_RUST_PWM_ABSTRACTIONS)]
pub mod pwm;

// Graphics.
#[cfg(CONFIG_DRM = "y")]
pub mod drm;
#[cfg(CONFIG_GPU_BUDDY = "y")]
pub mod gpu;
