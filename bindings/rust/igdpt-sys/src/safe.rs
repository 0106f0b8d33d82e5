// SPDX-License-Identifier: MIT
//! Safe wrappers: slices for pointers, lifetimes for borrows, `Result` for codes.
//!
//! A struct with pointers into the caller's bytes is only ever seen inside a [`Bound`], which
//! nothing but the library fills, so that its pointers are good as long as its lifetime lasts.
use std::any::Any;
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::ops::Deref;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut, NonNull};

use crate::*;

/// Why a call failed.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// An `IGDPT_E_` number
    pub error: i32,
    /// The rule that was broken; its `id` is 0 if the library told none
    pub finding: igdpt_finding,
}

/// What a call gives.
pub type Answer<T> = Result<T, Failure>;

/// A struct of the library, with the borrow of all that its pointers lead to.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a, T> {
    raw: T,
    bytes: PhantomData<&'a [u8]>,
}

// SAFETY: the pointers of these structs lead to bytes that are borrowed immutably for as long as
// the struct lives, or to constants of the library, and the library only reads through them.
unsafe impl<T> Send for Bound<'_, T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Bound<'_, T> {}

impl<T> Deref for Bound<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.raw
    }
}

impl<'a, T> Bound<'a, T> {
    fn new(raw: T) -> Self {
        Self { raw, bytes: PhantomData }
    }
}

/// The right `size` of a struct, whatever the caller has put there
fn size<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

fn answer<T>(result: c_int, finding: igdpt_finding, value: T) -> Answer<T> {
    if result < 0 {
        return Err(Failure { error: -result, finding });
    }
    Ok(value)
}

/// Fills a struct by a call that may give a reason.
fn fill<T: Default>(call: impl FnOnce(&mut T, &mut igdpt_finding) -> c_int) -> Answer<T> {
    let (mut value, mut why) = (T::default(), igdpt_finding::default());
    let result = call(&mut value, &mut why);
    answer(result, why, value)
}

/// The bytes of a call that is made twice: for the size, then for the bytes.
fn output(
    mut call: impl FnMut(*mut c_void, &mut usize, &mut igdpt_finding) -> c_int,
) -> Answer<Vec<u8>> {
    let (mut len, mut why) = (0, igdpt_finding::default());
    let result = call(null_mut(), &mut len, &mut why);
    if result != -IGDPT_E_NOSPACE {
        return answer(result, why, Vec::new());
    }
    let mut room = vec![0u8; len];
    let result = call(room.as_mut_ptr().cast(), &mut len, &mut why);
    room.truncate(len);
    answer(result, why, room)
}

struct Sink<'a> {
    receive: &'a mut dyn FnMut(&igdpt_finding),
    panic: Option<Box<dyn Any + Send>>,
}

/// Hands findings on. A panic waits here until the C code is done.
unsafe extern "C" fn receive(user: *mut c_void, finding: *const igdpt_finding) {
    // SAFETY: `user` is the Sink of report(), `finding` is valid during the call.
    let (sink, finding) = (&mut *user.cast::<Sink>(), &*finding);
    if sink.panic.is_none() {
        let call = AssertUnwindSafe(|| (sink.receive)(finding));
        sink.panic = catch_unwind(call).err();
    }
}

/// Calls what reports findings; gives how many are errors.
fn report(
    receiver: &mut dyn FnMut(&igdpt_finding),
    call: impl FnOnce(igdpt_finding_fn, *mut c_void) -> c_int,
) -> Answer<usize> {
    let mut sink = Sink { receive: receiver, panic: None };
    let result = call(Some(receive), (&mut sink as *mut Sink).cast());
    if let Some(panic) = sink.panic {
        resume_unwind(panic);
    }
    answer(result, igdpt_finding::default(), result.max(0) as usize)
}

/// A constant string of the library
fn text(string: *const c_char) -> &'static str {
    if string.is_null() {
        return "";
    }
    // SAFETY: only called for strings that live as long as the library.
    unsafe { CStr::from_ptr(string) }.to_str().unwrap_or("")
}

fn bytes(data: &[u8]) -> *const c_void {
    data.as_ptr().cast()
}

fn optional(data: Option<&[u8]>) -> (*const c_void, usize) {
    data.map_or((null(), 0), |data| (bytes(data), data.len()))
}

fn invalid<T>() -> Answer<T> {
    Err(Failure { error: IGDPT_E_INVALID, finding: igdpt_finding::default() })
}

fn c_string(string: &str) -> Answer<CString> {
    CString::new(string).or_else(|_| invalid())
}

// base, error -------------------------------------------------------------------------------------

/// `igdpt_version`
pub fn version() -> (u32, u32, u32) {
    let (mut major, mut minor, mut micro) = (0, 0, 0);
    // SAFETY: writes three numbers.
    unsafe { igdpt_version(&mut major, &mut minor, &mut micro) };
    (major, minor, micro)
}

/// `igdpt_has`
pub fn has(feature: u32) -> bool {
    // SAFETY: any number is allowed.
    unsafe { igdpt_has(feature) != 0 }
}

/// `igdpt_strerror`
pub fn strerror(error: i32) -> &'static str {
    // SAFETY: any number is allowed.
    text(unsafe { igdpt_strerror(error) })
}

/// `igdpt_finding_describe`: name, message template, remedy, source, severity
pub fn finding_describe(id: u32) -> Answer<([&'static str; 4], u32)> {
    // SAFETY: fills a struct of the size that it tells.
    let info = fill(|info: &mut igdpt_finding_info, _| unsafe { igdpt_finding_describe(id, info) })?;
    let strings = [info.name, info.message, info.remedy, info.source];
    Ok((strings.map(text), info.severity))
}

/// `igdpt_finding_format`
pub fn finding_format(finding: &igdpt_finding) -> Answer<String> {
    let finding = &igdpt_finding { size: size::<igdpt_finding>(), ..*finding };
    // SAFETY: without room nothing is written.
    let len = unsafe { igdpt_finding_format(finding, null_mut(), 0) };
    let mut room = vec![0u8; len.max(0) as usize + 1];
    // SAFETY: the room is as large as told.
    let result = unsafe { igdpt_finding_format(finding, room.as_mut_ptr().cast(), room.len()) };
    room.pop();
    answer(result, igdpt_finding::default(), String::from_utf8_lossy(&room).into_owned())
}

// platform, stolen --------------------------------------------------------------------------------

/// A record of the library's table
pub type Platform = Bound<'static, igdpt_platform>;

/// `igdpt_platform_find`
pub fn platform_find(device_id: u32) -> Answer<Platform> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|platform, _| unsafe { igdpt_platform_find(device_id, platform) }).map(Bound::new)
}

/// `igdpt_platform_by_name`
pub fn platform_by_name(name: &str) -> Answer<Platform> {
    let name = c_string(name)?;
    // SAFETY: the name ends in NUL.
    fill(|platform, _| unsafe { igdpt_platform_by_name(name.as_ptr(), platform) }).map(Bound::new)
}

/// `igdpt_platform_at`
pub fn platform_at(index: usize) -> Answer<Platform> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|platform, _| unsafe { igdpt_platform_at(index, platform) }).map(Bound::new)
}

/// Short name and name in words
pub fn platform_names(platform: &Platform) -> (&'static str, &'static str) {
    (text(platform.name), text(platform.title))
}

/// `igdpt_stolen_decode`
pub fn stolen_decode(codec: u32, ggc: u32, flags: u32) -> Answer<igdpt_stolen> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|stolen, why| unsafe { igdpt_stolen_decode(codec, ggc, flags, stolen, why) })
}

/// `igdpt_stolen_encode`
pub fn stolen_encode(codec: u32, ggc: u32, dsm_bytes: u64) -> Answer<u32> {
    // SAFETY: writes one number.
    fill(|ggc_out, why| unsafe { igdpt_stolen_encode(codec, ggc, dsm_bytes, ggc_out, why) })
}

// vbt ---------------------------------------------------------------------------------------------

/// `igdpt_vbt_init`
pub fn vbt_init(data: &[u8]) -> Answer<Bound<'_, igdpt_vbt>> {
    // SAFETY: the view borrows `data`.
    fill(|vbt, why| unsafe { igdpt_vbt_init(vbt, bytes(data), data.len(), why) }).map(Bound::new)
}

/// `igdpt_vbt_build`; `None` for the default platform and connectors
pub fn vbt_build(
    platform: Option<&str>,
    bdb_version: u32,
    min_bytes: u32,
    ports: Option<&[igdpt_vbt_port]>,
) -> Answer<Vec<u8>> {
    let name = platform.map(c_string).transpose()?;
    let opts = igdpt_vbt_build_opts {
        bdb_version,
        bytes: min_bytes,
        platform: name.as_ref().map_or(null(), |name| name.as_ptr()),
        ports: ports.map_or(null(), <[_]>::as_ptr),
        port_count: ports.map_or(0, <[_]>::len) as u64,
        ..Default::default()
    };
    // SAFETY: the pointers of `opts` outlive the call.
    output(|buf, len, why| unsafe { igdpt_vbt_build(&opts, buf, len, why) })
}

// opregion ----------------------------------------------------------------------------------------

/// A view of an OpRegion
pub type OpRegion<'a> = Bound<'a, igdpt_opregion>;

/// `igdpt_opregion_init`
pub fn opregion_init(data: &[u8]) -> Answer<OpRegion<'_>> {
    // SAFETY: the view borrows `data`.
    fill(|op, why| unsafe { igdpt_opregion_init(op, bytes(data), data.len(), why) })
        .map(Bound::new)
}

/// `igdpt_opregion_find_vbt`
pub fn opregion_find_vbt(op: &OpRegion) -> Answer<igdpt_opregion_vbt> {
    // SAFETY: the view is bound to its bytes.
    fill(|vbt, why| unsafe { igdpt_opregion_find_vbt(&op.raw, vbt, why) })
}

/// `igdpt_opregion_get`
pub fn opregion_get(op: &OpRegion, field: u32, index: u32) -> Answer<u64> {
    // SAFETY: the view is bound to its bytes.
    fill(|value, _| unsafe { igdpt_opregion_get(&op.raw, field, index, value) })
}

/// `igdpt_opregion_field_at`
pub fn opregion_field_at(index: usize) -> Answer<Bound<'static, igdpt_opregion_field_info>> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|info, _| unsafe { igdpt_opregion_field_at(index, info) }).map(Bound::new)
}

/// Name, meaning and source of a field
pub fn opregion_field_strings(
    info: &Bound<'static, igdpt_opregion_field_info>,
) -> [&'static str; 3] {
    [info.name, info.text, info.source].map(text)
}

/// `igdpt_opregion_validate`
pub fn opregion_validate(op: &OpRegion, receive: &mut dyn FnMut(&igdpt_finding)) -> Answer<usize> {
    // SAFETY: the view is bound to its bytes.
    report(receive, |call, user| unsafe { igdpt_opregion_validate(&op.raw, call, user) })
}

/// `igdpt_opregion_build`
pub fn opregion_build(opts: &igdpt_opregion_build_opts, vbt: Option<&[u8]>) -> Answer<Vec<u8>> {
    let opts = &igdpt_opregion_build_opts { size: size::<igdpt_opregion_build_opts>(), ..*opts };
    let (data, vbt_len) = optional(vbt);
    // SAFETY: `data` has `vbt_len` bytes.
    output(|buf, len, why| unsafe { igdpt_opregion_build(opts, data, vbt_len, buf, len, why) })
}

/// `igdpt_opregion_normalise`
pub fn opregion_normalise(op: &OpRegion, flags: u32, vbt: Option<&[u8]>) -> Answer<Vec<u8>> {
    let (data, vbt_len) = optional(vbt);
    let opts = igdpt_opregion_normalise_opts {
        flags,
        vbt: data,
        vbt_bytes: vbt_len as u64,
        ..Default::default()
    };
    // SAFETY: the view is bound to its bytes, and `opts` borrows `vbt`.
    output(|buf, len, why| unsafe { igdpt_opregion_normalise(&op.raw, &opts, buf, len, why) })
}

// fwcfg -------------------------------------------------------------------------------------------

/// `igdpt_fwcfg_bdsm_size`
pub fn fwcfg_bdsm_size(dsm_bytes: u64) -> Answer<Vec<u8>> {
    // SAFETY: the buffer is as large as told.
    output(|buf, len, why| unsafe { igdpt_fwcfg_bdsm_size(dsm_bytes, buf, len, why) })
}

/// Files for the library, their names kept
fn fwcfg_files(files: &[(&str, &[u8])]) -> Answer<(Vec<CString>, Vec<igdpt_fwcfg_file>)> {
    let names = files.iter().map(|(name, _)| c_string(name)).collect::<Answer<Vec<_>>>()?;
    let rows = files.iter().zip(&names).map(|((_, data), name)| igdpt_fwcfg_file {
        name: name.as_ptr(),
        data: bytes(data),
        bytes: data.len() as u64,
        ..Default::default()
    });
    let rows = rows.collect();
    Ok((names, rows))
}

/// `igdpt_fwcfg_directory`: its bytes, and the files' names with their selectors
pub fn fwcfg_directory(
    files: &[(&str, &[u8])],
    slots: u32,
) -> Answer<(Vec<u8>, Vec<(String, u32)>)> {
    let (_names, mut rows) = fwcfg_files(files)?;
    let start = rows.as_mut_ptr();
    // SAFETY: names and data outlive the call, `start` leads to as many rows as told.
    let data = output(|buf, len, why| unsafe {
        igdpt_fwcfg_directory(start, files.len(), slots, buf, len, why)
    })?;
    // SAFETY: the library has only sorted the rows, and the names are still there.
    let name = |row: &igdpt_fwcfg_file| unsafe { CStr::from_ptr(row.name) }.to_string_lossy();
    Ok((data, rows.iter().map(|row| (name(row).into_owned(), row.select)).collect()))
}

/// `igdpt_fwcfg_check`
pub fn fwcfg_check(
    files: &[(&str, &[u8])],
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<usize> {
    let (_names, rows) = fwcfg_files(files)?;
    // SAFETY: names and data outlive the call.
    report(receive, |call, user| unsafe {
        igdpt_fwcfg_check(rows.as_ptr(), rows.len(), call, user)
    })
}

// pcicfg ------------------------------------------------------------------------------------------

/// The handle of a virtual config space
#[derive(Debug)]
pub struct PciConfig(NonNull<igdpt_pcicfg>);

// SAFETY: a handle has one owner and no thread of its own.
unsafe impl Send for PciConfig {}
// SAFETY: calls that take a const handle only read it, on any number of threads.
unsafe impl Sync for PciConfig {}

impl Drop for PciConfig {
    fn drop(&mut self) {
        // SAFETY: the handle came from igdpt_pcicfg_new() and is not used again.
        unsafe { igdpt_pcicfg_free(self.0.as_ptr()) }
    }
}

impl PciConfig {
    /// `igdpt_pcicfg_new`
    pub fn new(
        platform: Option<&Platform>,
        host_config: &[u8],
        opts: &igdpt_pcicfg_opts,
    ) -> Answer<Self> {
        let opts = &igdpt_pcicfg_opts { size: size::<igdpt_pcicfg_opts>(), ..*opts };
        let platform = platform.map_or(null(), |platform| &platform.raw as *const igdpt_platform);
        let (mut cfg, mut why) = (null_mut(), igdpt_finding::default());
        let (data, len) = (bytes(host_config), host_config.len());
        // SAFETY: all pointers outlive the call; what it keeps, it copies.
        let result = unsafe { igdpt_pcicfg_new(platform, data, len, opts, &mut cfg, &mut why) };
        answer(result, why, NonNull::new(cfg))?.map_or_else(invalid, |cfg| Ok(Self(cfg)))
    }

    /// `igdpt_pcicfg_hw_bytes`
    #[inline]
    pub fn hw_bytes(&self, offset: u32, width: u32) -> u32 {
        // SAFETY: the handle is valid; any number is allowed.
        unsafe { igdpt_pcicfg_hw_bytes(self.0.as_ptr(), offset, width) }
    }

    /// `igdpt_pcicfg_read`: the negative error if it fails
    #[inline]
    pub fn read(&self, offset: u32, width: u32, hw: u64) -> Result<u64, i32> {
        let mut value = 0;
        // SAFETY: the handle is valid; any number is allowed.
        match unsafe { igdpt_pcicfg_read(self.0.as_ptr(), offset, width, hw, &mut value) } {
            result if result < 0 => Err(result),
            _ => Ok(value),
        }
    }

    /// `igdpt_pcicfg_write`: events and forwarded bytes, or the negative error
    #[inline]
    pub fn write(&mut self, offset: u32, width: u32, value: u64) -> Result<(u32, u32), i32> {
        let mut forward = 0;
        // SAFETY: the handle is valid and nobody else has it; any number is allowed.
        match unsafe { igdpt_pcicfg_write(self.0.as_ptr(), offset, width, value, &mut forward) } {
            events if events < 0 => Err(events),
            events => Ok((events as u32, forward)),
        }
    }

    /// `igdpt_pcicfg_reset`
    pub fn reset(&mut self) {
        // SAFETY: the handle is valid and nobody else has it.
        unsafe { igdpt_pcicfg_reset(self.0.as_ptr()) }
    }

    /// `igdpt_pcicfg_get_state`
    pub fn state(&self) -> Answer<igdpt_pcicfg_state> {
        // SAFETY: the handle is valid.
        fill(|state, _| unsafe { igdpt_pcicfg_get_state(self.0.as_ptr(), state) })
    }

    /// `igdpt_pcicfg_check`
    pub fn check(&self, receive: &mut dyn FnMut(&igdpt_finding)) -> Answer<usize> {
        // SAFETY: the handle is valid.
        report(receive, |call, user| unsafe { igdpt_pcicfg_check(self.0.as_ptr(), call, user) })
    }

    /// `igdpt_pcicfg_save`
    pub fn save(&self) -> Answer<Vec<u8>> {
        // SAFETY: the handle is valid, the buffer as large as told.
        output(|buf, len, _| unsafe { igdpt_pcicfg_save(self.0.as_ptr(), buf, len) })
    }

    /// `igdpt_pcicfg_restore`
    pub fn restore(&mut self, data: &[u8]) -> Answer<()> {
        // SAFETY: the handle is valid and nobody else has it.
        fill(|_: &mut (), why| unsafe {
            igdpt_pcicfg_restore(self.0.as_ptr(), bytes(data), data.len(), why)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_has_every_function() {
        for (name, address) in functions() {
            assert!(!address.is_null(), "{name}");
        }
    }

    #[test]
    fn a_panic_waits_until_the_c_code_is_done() {
        let op = vec![0u8; 0];
        assert_eq!(opregion_init(&op).unwrap_err().error, IGDPT_E_TRUNCATED);
        let files: [(&str, &[u8]); 1] = [("etc/igd-opregion", b"")];
        let panics = catch_unwind(|| fwcfg_check(&files, &mut |_| panic!("in a callback")));
        assert_eq!(panics.unwrap_err().downcast_ref::<&str>(), Some(&"in a callback"));
    }
}
