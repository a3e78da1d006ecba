// SPDX-License-Identifier: GPL-2.0

//! The carried `kernel` crate: the table of its modules.
//!
//! A plain `mod` line is upstream's own file, compiled as it is. A line with `#[path = "overlay/..."]`
//! is ours. A comment line `// name: why` is a module that is left out. Conditions are upstream's
//! own; `CONFIG_` names are the target's configuration, completed by the answers of `probes/`.
//!
//! All else that upstream's crate root holds (features, macros, the panic handler) is taken from upstream's
//! `lib.rs` when `scripts/kbuild/carried-root.awk` makes the crate root of this table. The same script fails
//! when a module of upstream's is neither declared nor explained here.

// Memory.
pub mod alloc;
pub mod iov;
pub mod mm;
pub mod page;
pub mod ptr;
pub mod transmute;
pub mod uaccess;

// Containers and numbers.
pub mod bitfield;
pub mod bitmap;
pub mod bits;
pub mod id_pool;
pub mod list;
// An older state does not say what a store will do.
#[cfg(CONFIG_FERRITE_HAVE_MAPLE_STORE_TYPE)]
pub mod maple_tree;
pub mod num;
pub mod rbtree;
pub mod sizes;
pub mod xarray;

// Synchronisation, time and tasks.
pub mod cpu;
pub mod cpumask;
pub mod cred;
pub mod jump_label;
pub mod pid_namespace;
pub mod processor;
pub mod revocable;
pub mod security;
pub mod sync;
pub mod task;
pub mod time;
pub mod workqueue;
// Older drivers' callbacks are given the CPU's number where these take its policy.
#[cfg(all(CONFIG_CPU_FREQ, CONFIG_FERRITE_HAVE_CPUFREQ_POLICY_CALLBACKS))]
pub mod cpufreq;

// Text, errors, tracing.
pub mod bug;
pub mod build_assert;
pub mod debugfs;
pub mod error;
pub mod fmt;
#[cfg(CONFIG_KUNIT)]
pub mod kunit;
pub mod print;
pub mod seq_file;
pub mod str;
pub mod tracepoint;

// What a module is made of.
#[doc(hidden)]
pub mod impl_flags;
pub mod init;
pub mod interop;
pub mod module;
pub mod module_param;
pub mod prelude;
pub mod safety;
#[doc(hidden)]
pub mod std_vendor;
pub mod types;

// Files and what looks like files.
#[cfg(CONFIG_CONFIGFS_FS)]
pub mod configfs;
pub mod fs;
pub mod ioctl;
pub mod miscdevice;
// Older callbacks of a request queue have other signatures.
#[cfg(all(CONFIG_BLOCK, CONFIG_FERRITE_HAVE_BLK_MQ_INIT_REQUEST_INT))]
pub mod block;
#[cfg(CONFIG_NET)]
pub mod net;

// The driver core and its buses.
pub mod acpi;
#[cfg(CONFIG_AUXILIARY_BUS)]
pub mod auxiliary;
pub mod device;
pub mod device_id;
pub mod devres;
pub mod driver;
pub mod faux;
#[cfg(CONFIG_RUST_FW_LOADER_ABSTRACTIONS)]
pub mod firmware;
#[cfg(CONFIG_RUST_FWCTL_ABSTRACTIONS)]
pub mod fwctl;
#[cfg(CONFIG_I2C = "y")]
pub mod i2c;
pub mod of;
#[cfg(CONFIG_PCI)]
pub mod pci;
pub mod platform;
#[cfg(CONFIG_RUST_SERIAL_DEV_BUS_ABSTRACTIONS)]
pub mod serdev;
#[cfg(CONFIG_SOC_BUS)]
pub mod soc;
#[cfg(CONFIG_USB = "y")]
pub mod usb;

// Devices' resources.
pub mod clk;
pub mod dma;
pub mod interrupt;
pub mod io;
// Older page tables map a page at a time.
#[cfg(CONFIG_FERRITE_HAVE_IO_PGTABLE_MAP_PAGES)]
pub mod iommu;
pub mod irq;
pub mod regulator;
pub mod scatterlist;
// Older tables of operating points have neither references nor required devices; and it uses `cpufreq`, where that is.
#[cfg(all(
    CONFIG_PM_OPP,
    CONFIG_FERRITE_HAVE_OPP_REQUIRED_DEV,
    any(not(CONFIG_CPU_FREQ), CONFIG_FERRITE_HAVE_CPUFREQ_POLICY_CALLBACKS)
))]
pub mod opp;
#[cfg(CONFIG_RUST_PWM_ABSTRACTIONS)]
pub mod pwm;

// Graphics.
// Older devices are not part of their driver's structure.
#[cfg(all(CONFIG_DRM = "y", CONFIG_FERRITE_HAVE_DRM_DEV_ALLOC))]
pub mod drm;
#[cfg(CONFIG_GPU_BUDDY = "y")]
pub mod gpu;
