// SPDX-License-Identifier: GPL-2.0

//! Workers in interrupts: timers that fire on one CPU, again and again.

use kernel::{
    impl_has_hr_timer,
    prelude::*,
    time::{
        hrtimer::{
            BoxHrTimerHandle,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart,
            RelativePinnedHardMode,
            RelativePinnedSoftMode, //
        },
        Delta,
        Monotonic, //
    }, //
};

use crate::worker::Worker;

/// Timers are alike but for a type: the context in which they fire.
macro_rules! ticker {
    ($(#[$doc:meta])* $name:ident: $mode:ident) => {
        $(#[$doc])*
        #[pin_data]
        pub(crate) struct $name {
            #[pin]
            timer: HrTimer<Self>,
            worker: Worker,
            period: Delta,
        }

        impl $name {
            /// A timer that does not run yet. May sleep.
            ///
            /// # Errors
            ///
            /// `ENOMEM` for lack of memory.
            pub(crate) fn new(worker: Worker, period: Delta) -> Result<Pin<KBox<Self>>> {
                let this = pin_init!(Self {
                    timer <- HrTimer::new(),
                    worker,
                    period,
                });
                KBox::pin_init(this, GFP_KERNEL)
            }

            /// Starts it on this CPU. It ends when the handle is dropped, or the stress has ended.
            pub(crate) fn start(
                self: Pin<KBox<Self>>,
            ) -> BoxHrTimerHandle<Self, kernel::alloc::allocator::Kmalloc> {
                let period = self.period;
                HrTimerPointer::start(self, period)
            }
        }

        impl HrTimerCallback for $name {
            type Pointer<'a> = Pin<KBox<Self>>;

            fn run(
                this: Pin<&mut Self>,
                mut context: HrTimerCallbackContext<'_, Self>,
            ) -> HrTimerRestart {
                let this = this.project();
                this.worker.step();
                if this.worker.has_ended() {
                    return HrTimerRestart::NoRestart;
                }
                context.forward_now(*this.period);
                HrTimerRestart::Restart
            }
        }

        impl_has_hr_timer! {
            impl HasHrTimer<Self> for $name {
                mode: $mode<Monotonic>, field: self.timer
            }
        }
    };
}

ticker! {
    /// A worker in hard interrupts.
    HardTicker: RelativePinnedHardMode
}

ticker! {
    /// A worker in soft interrupts.
    SoftTicker: RelativePinnedSoftMode
}
