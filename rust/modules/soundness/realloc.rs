// SPDX-License-Identifier: GPL-2.0

//! Memory that is zeroed on request is zero wherever nothing was written, however often it changed its
//! size, if each request was for zeroed memory.
//!
//! Source: the comments of `krealloc_node_align()` and `vrealloc_node_align()`.

#[ferrite::tests]
pub(crate) mod tests {
    use kernel::{
        alloc::{
            allocator::{
                KVmalloc,
                Kmalloc,
                Vmalloc, //
            },
            flags::__GFP_ZERO,
            Allocator,
            NumaNode, //
        },
        page::PAGE_SIZE,
        prelude::*, //
    };

    use core::{
        alloc::Layout,
        marker::PhantomData,
        ptr::NonNull, //
    };

    /// What a user writes.
    const WRITTEN: u8 = 0xa5;

    /// Memory of bytes whose size changes, always zeroed on request.
    struct Bytes<A: Allocator> {
        start: NonNull<u8>,
        layout: Layout,
        _allocator: PhantomData<A>,
    }

    impl<A: Allocator> Bytes<A> {
        fn new(size: usize) -> Result<Self> {
            let layout = Layout::array::<u8>(size).map_err(|_| EINVAL)?;
            let start = A::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
            Ok(Self {
                start: start.cast(),
                layout,
                _allocator: PhantomData,
            })
        }

        fn resize(&mut self, size: usize) -> Result {
            let layout = Layout::array::<u8>(size).map_err(|_| EINVAL)?;
            // SAFETY: `start` is memory of this allocator, of this layout.
            let start = unsafe {
                A::realloc(
                    Some(self.start),
                    layout,
                    self.layout,
                    GFP_KERNEL | __GFP_ZERO,
                    NumaNode::NO_NODE,
                )
            }?;
            (self.start, self.layout) = (start.cast(), layout);
            Ok(())
        }

        fn bytes(&mut self) -> &mut [u8] {
            // SAFETY: The allocation has this many bytes, all of them initialised: zeroed on request, or
            // written. It is borrowed with `self`.
            unsafe { core::slice::from_raw_parts_mut(self.start.as_ptr(), self.layout.size()) }
        }
    }

    impl<A: Allocator> Drop for Bytes<A> {
        fn drop(&mut self) {
            // SAFETY: `start` is memory of this allocator, of this layout, and nobody else's.
            unsafe { A::free(self.start, self.layout) };
        }
    }

    /// Writes `large` bytes, shrinks to `small` ones and grows again; how many bytes are not as they
    /// should be.
    fn wrong<A: Allocator>(small: usize, large: usize) -> Result<usize> {
        let mut bytes = Bytes::<A>::new(large)?;
        bytes.bytes().fill(WRITTEN);
        bytes.resize(small)?;
        bytes.resize(large)?;
        let (kept, gained) = bytes.bytes().split_at(small);
        let kept = kept.iter().filter(|byte| **byte != WRITTEN).count();
        let gained = gained.iter().filter(|byte| **byte != 0).count();
        Ok(kept + gained)
    }

    /// Writes `small` bytes and grows; how many bytes are not as they should be.
    fn wrong_when_grown<A: Allocator>(small: usize, large: usize) -> Result<usize> {
        let mut bytes = Bytes::<A>::new(small)?;
        bytes.bytes().fill(WRITTEN);
        bytes.resize(large)?;
        let (kept, gained) = bytes.bytes().split_at(small);
        let kept = kept.iter().filter(|byte| **byte != WRITTEN).count();
        let gained = gained.iter().filter(|byte| **byte != 0).count();
        Ok(kept + gained)
    }

    #[test]
    fn kmalloc_zeroes_what_it_regains() {
        assert_eq!(wrong::<Kmalloc>(100, 1000)?, 0);
        assert_eq!(wrong::<Kmalloc>(900, 1000)?, 0);
        assert_eq!(wrong::<Kmalloc>(1, PAGE_SIZE)?, 0);
    }

    #[test]
    fn vmalloc_zeroes_what_it_regains() {
        assert_eq!(wrong::<Vmalloc>(100, 1000)?, 0);
        assert_eq!(wrong::<Vmalloc>(PAGE_SIZE + 1, 2 * PAGE_SIZE)?, 0);
        assert_eq!(wrong::<Vmalloc>(1, 3 * PAGE_SIZE)?, 0);
    }

    #[test]
    fn kvmalloc_zeroes_what_it_regains() {
        assert_eq!(wrong::<KVmalloc>(100, 1000)?, 0);
        assert_eq!(wrong::<KVmalloc>(1, 3 * PAGE_SIZE)?, 0);
        // More than kmalloc() has: of vmalloc().
        assert_eq!(wrong::<KVmalloc>(100, 5 << 20)?, 0);
    }

    #[test]
    fn what_grows_is_kept_and_zeroed() {
        assert_eq!(wrong_when_grown::<Kmalloc>(100, 1000)?, 0);
        assert_eq!(wrong_when_grown::<Kmalloc>(1000, 5000)?, 0);
        assert_eq!(wrong_when_grown::<Vmalloc>(100, 5 * PAGE_SIZE)?, 0);
        // From kmalloc() to vmalloc().
        assert_eq!(wrong_when_grown::<KVmalloc>(1000, 5 << 20)?, 0);
    }
}
