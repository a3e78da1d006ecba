// SPDX-License-Identifier: GPL-2.0

//! Credentials: methods that [`kernel::cred::Credential`] lacks.
//!
//! C header: [`include/linux/cred.h`](srctree/include/linux/cred.h).

use kernel::{
    bindings,
    cred::Credential, //
};

/// The user and group ids of a [`Credential`], as userspace sees them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs)]
pub struct Ids {
    pub uid: u32,
    pub gid: u32,
    pub euid: u32,
    pub egid: u32,
    pub suid: u32,
    pub sgid: u32,
    pub fsuid: u32,
    pub fsgid: u32,
}

/// Further methods of [`Credential`].
pub trait CredentialExt {
    /// Returns the ids in the user namespace of the current task. An id that is not mapped there
    /// becomes the overflow id (usually 65534).
    #[doc(alias = "from_kuid_munged")]
    fn ids_in_current_ns(&self) -> Ids;
}

impl CredentialExt for Credential {
    #[inline]
    fn ids_in_current_ns(&self) -> Ids {
        let cred = self.as_ptr();
        // SAFETY: The current task has a user namespace while it runs.
        let ns = unsafe { bindings::current_user_ns() };
        // SAFETY: `ns` is valid for as long as the current task runs this function.
        let uid = |kuid| unsafe { bindings::from_kuid_munged(ns, kuid) };
        // SAFETY: As above.
        let gid = |kgid| unsafe { bindings::from_kgid_munged(ns, kgid) };
        // SAFETY: By the type invariants, `cred` is valid. A credential that a task or a reference
        // has is replaced, not changed, so nobody writes to the ids.
        unsafe {
            Ids {
                uid: uid((*cred).uid),
                gid: gid((*cred).gid),
                euid: uid((*cred).euid),
                egid: gid((*cred).egid),
                suid: uid((*cred).suid),
                sgid: gid((*cred).sgid),
                fsuid: uid((*cred).fsuid),
                fsgid: gid((*cred).fsgid),
            }
        }
    }
}
