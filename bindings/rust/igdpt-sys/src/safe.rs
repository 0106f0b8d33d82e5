// SPDX-License-Identifier: MIT
//! Safe wrappers: slices for pointers, lifetimes for borrows, `Result` for codes.
//!
//! A struct with pointers into the caller's bytes is only ever seen inside a [`Bound`], which
//! nothing but this module fills, so that its pointers are good as long as its lifetime lasts.
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

/// The rows of a call that is made twice: for their number, then for them.
fn rows<T: Copy + Default>(
    mut call: impl FnMut(*mut T, &mut usize, &mut igdpt_finding) -> c_int,
) -> Answer<Vec<T>> {
    let (mut count, mut why) = (0, igdpt_finding::default());
    let result = call(null_mut(), &mut count, &mut why);
    if result != -IGDPT_E_NOSPACE {
        return answer(result, why, Vec::new());
    }
    let mut room = vec![T::default(); count];
    why = igdpt_finding::default();
    let result = call(room.as_mut_ptr(), &mut count, &mut why);
    room.truncate(count);
    answer(result, why, room)
}

/// The same for bytes.
fn output(
    mut call: impl FnMut(*mut c_void, &mut usize, &mut igdpt_finding) -> c_int,
) -> Answer<Vec<u8>> {
    rows(|room: *mut u8, len, why| call(room.cast(), len, why))
}

/// The text of a call that is made twice: for the length, then for the text.
fn sentence(mut call: impl FnMut(*mut c_char, usize) -> c_int) -> Answer<String> {
    let len = call(null_mut(), 0);
    let mut room = vec![0u8; len.max(0) as usize + 1];
    let result = call(room.as_mut_ptr().cast(), room.len());
    room.pop();
    answer(result, igdpt_finding::default(), String::from_utf8_lossy(&room).into_owned())
}

/// What a function gives that goes on from a struct: until it answers 0, or its first error.
fn walk<'a, T: Copy + Default + 'a>(
    mut step: impl FnMut(&mut T, &mut igdpt_finding) -> c_int + 'a,
) -> impl Iterator<Item = Answer<Bound<'a, T>>> + 'a {
    let (mut at, mut done) = (T::default(), false);
    std::iter::from_fn(move || {
        let mut why = igdpt_finding::default();
        let result = if done { 0 } else { step(&mut at, &mut why) };
        done = result <= 0;
        (result != 0).then(|| answer(result, why, Bound::new(at)))
    })
}

struct Sink<'a, T> {
    receive: &'a mut dyn FnMut(&T),
    panic: Option<Box<dyn Any + Send>>,
}

/// Hands records on. A panic waits here until the C code is done.
unsafe extern "C" fn receive<T>(user: *mut c_void, record: *const T) {
    // SAFETY: `user` is the Sink of collect(), `record` is valid during the call.
    let (sink, record) = (&mut *user.cast::<Sink<T>>(), &*record);
    if sink.panic.is_none() {
        let call = AssertUnwindSafe(|| (sink.receive)(record));
        sink.panic = catch_unwind(call).err();
    }
}

/// Calls what hands out records; gives what it answers.
fn collect<T>(
    receiver: &mut dyn FnMut(&T),
    call: impl FnOnce(Option<unsafe extern "C" fn(*mut c_void, *const T)>, *mut c_void) -> c_int,
) -> Answer<usize> {
    let mut sink = Sink { receive: receiver, panic: None };
    let result = call(Some(receive::<T>), (&mut sink as *mut Sink<T>).cast());
    if let Some(panic) = sink.panic {
        resume_unwind(panic);
    }
    answer(result, igdpt_finding::default(), result.max(0) as usize)
}

/// Calls what reports findings; gives how many are errors.
fn report(
    receiver: &mut dyn FnMut(&igdpt_finding),
    call: impl FnOnce(igdpt_finding_fn, *mut c_void) -> c_int,
) -> Answer<usize> {
    collect(receiver, call)
}

/// What a struct of the library points to
unsafe fn slice<'a, T>(start: *const T, len: usize) -> &'a [T] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: by the caller.
    std::slice::from_raw_parts(start, len)
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
    // SAFETY: the buffer is as large as told.
    sentence(|buf, len| unsafe { igdpt_finding_format(finding, buf, len) })
}

// platform, stolen --------------------------------------------------------------------------------

/// A record of the library's table
pub type Platform = Bound<'static, igdpt_platform>;

fn platform_pointer(platform: Option<&Platform>) -> *const igdpt_platform {
    platform.map_or(null(), |platform| &platform.raw)
}

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

/// The same with another codec of GGC and another place of BDSM
pub fn platform_with(mut platform: Platform, codec: u32, bdsm: u32) -> Platform {
    platform.raw.codec = codec;
    platform.raw.bdsm = bdsm;
    platform
}

/// Short name and name in words
pub fn platform_names(platform: &Platform) -> (&'static str, &'static str) {
    (text(platform.name), text(platform.title))
}

/// The chipset that goes with a platform: mask, ids and name
pub type Pch = (u32, &'static [u16], &'static str);

/// `igdpt_platform_pch`
pub fn platform_pch(platform: u32) -> Answer<Pch> {
    // SAFETY: fills a struct of the size that it tells.
    let pch = fill(|pch: &mut igdpt_pch, _| unsafe { igdpt_platform_pch(platform, pch) })?;
    // SAFETY: the ids live as long as the library.
    let ids = unsafe { slice(pch.ids, pch.count as usize) };
    Ok((pch.mask, ids, text(pch.name)))
}

/// `igdpt_bridge_at`, with the register's name
pub fn bridge_at(
    model: u32,
    index: u32,
) -> Answer<(Bound<'static, igdpt_bridge_reg>, &'static str)> {
    // SAFETY: fills a struct of the size that it tells.
    let reg = fill(|reg: &mut igdpt_bridge_reg, _| unsafe { igdpt_bridge_at(model, index, reg) })?;
    Ok((Bound::new(reg), text(reg.name)))
}

/// `igdpt_legacy_check`; `platform` of `opts` is filled from the other argument
pub fn legacy_check(
    opts: &igdpt_legacy_opts,
    platform: Option<&Platform>,
    version: u32,
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<usize> {
    let platform = platform_pointer(platform);
    let opts = igdpt_legacy_opts { size: size::<igdpt_legacy_opts>(), platform, ..*opts };
    // SAFETY: `opts` borrows the platform.
    report(receive, |call, user| unsafe { igdpt_legacy_check(&opts, version, call, user) })
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

/// A view of a VBT
pub type Vbt<'a> = Bound<'a, igdpt_vbt>;

/// `igdpt_vbt_init`
pub fn vbt_init(data: &[u8]) -> Answer<Vbt<'_>> {
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

/// `igdpt_vbt_next`
pub fn vbt_blocks<'a>(
    vbt: Vbt<'a>,
) -> impl Iterator<Item = Answer<Bound<'a, igdpt_vbt_block>>> + 'a {
    // SAFETY: the view is bound to its bytes.
    walk(move |block, why| unsafe { igdpt_vbt_next(&vbt.raw, block, why) })
}

/// Name of a block
pub fn vbt_block_name(block: &Bound<'_, igdpt_vbt_block>) -> &'static str {
    text(block.name)
}

/// `igdpt_vbt_child_at`
pub fn vbt_child_at(vbt: &Vbt, slot: u32) -> Answer<igdpt_vbt_child> {
    // SAFETY: the view is bound to its bytes.
    fill(|child, _| unsafe { igdpt_vbt_child_at(&vbt.raw, slot, child) })
}

/// `igdpt_vbt_port_format`
pub fn vbt_port_format(vbt: &Vbt, slot: u32) -> Answer<String> {
    // SAFETY: the view is bound to its bytes, the buffer as large as told.
    sentence(|buf, len| unsafe { igdpt_vbt_port_format(&vbt.raw, slot, buf, len) })
}

/// `igdpt_vbt_field_at`, with the field's name
pub fn vbt_field_at(number: u32) -> Answer<(Bound<'static, igdpt_vbt_field>, &'static str)> {
    // SAFETY: fills a struct of the size that it tells.
    let field = fill(|field, _| unsafe { igdpt_vbt_field_at(number, field) }).map(Bound::new)?;
    Ok((field, text(field.name)))
}

/// `igdpt_vbt_field_find`
pub fn vbt_field_find(name: &str) -> Answer<u32> {
    let name = c_string(name)?;
    // SAFETY: the name ends in NUL.
    let number = unsafe { igdpt_vbt_field_find(name.as_ptr()) };
    answer(number, igdpt_finding::default(), number as u32)
}

/// `igdpt_vbt_get`
pub fn vbt_get(vbt: &Vbt, number: u32, element: u32) -> Answer<u64> {
    // SAFETY: the view is bound to its bytes.
    fill(|value, _| unsafe { igdpt_vbt_get(&vbt.raw, number, element, value) })
}

/// `igdpt_vbt_panel_at`, with the panel's name
pub fn vbt_panel_at<'a>(
    vbt: &Vbt<'a>,
    index: u32,
) -> Answer<(Bound<'a, igdpt_vbt_panel>, &'a [u8])> {
    // SAFETY: the view is bound to its bytes.
    let panel = fill(|panel: &mut igdpt_vbt_panel, why| unsafe {
        igdpt_vbt_panel_at(&vbt.raw, index, panel, why)
    })?;
    // SAFETY: the name lies in the bytes of the view.
    let name = unsafe { slice(panel.name.cast(), panel.name_bytes as usize) };
    Ok((Bound::new(panel), name))
}

/// `igdpt_vbt_mipi_next`
pub fn vbt_mipi<'a>(vbt: Vbt<'a>) -> impl Iterator<Item = Answer<Bound<'a, igdpt_vbt_mipi>>> + 'a {
    // SAFETY: the view is bound to its bytes.
    walk(move |mipi, why| unsafe { igdpt_vbt_mipi_next(&vbt.raw, mipi, why) })
}

/// `igdpt_vbt_validate`
pub fn vbt_validate(vbt: &Vbt, receive: &mut dyn FnMut(&igdpt_finding)) -> Answer<usize> {
    // SAFETY: the view is bound to its bytes.
    report(receive, |call, user| unsafe { igdpt_vbt_validate(&vbt.raw, call, user) })
}

/// `igdpt_vbt_find`: where a table is from `offset` on
pub fn vbt_find(data: &[u8], offset: usize) -> Option<usize> {
    let mut offset = offset;
    // SAFETY: `data` is as long as told.
    let result = unsafe { igdpt_vbt_find(bytes(data), data.len(), &mut offset, null_mut()) };
    (result >= 0).then(|| offset)
}

/// `igdpt_vbt_repair`
pub fn vbt_repair(data: &[u8]) -> Answer<Vec<u8>> {
    // SAFETY: both buffers are as large as told.
    output(|buf, len, why| unsafe { igdpt_vbt_repair(bytes(data), data.len(), buf, len, why) })
}

/// `igdpt_vbt_compare`: gives name and record of each difference
pub fn vbt_compare(
    a: &Vbt,
    b: &Vbt,
    receive: &mut dyn FnMut(&'static str, &igdpt_vbt_difference),
) -> Answer<usize> {
    let mut hand_on = |d: &igdpt_vbt_difference| receive(text(d.name), d);
    // SAFETY: the views are bound to their bytes.
    collect(&mut hand_on, |call, user| unsafe { igdpt_vbt_compare(&a.raw, &b.raw, call, user) })
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
///
/// With the finding for which a VBT was left out; its id is 0 if none was.
pub fn opregion_normalise(
    op: &OpRegion,
    flags: u32,
    vbt: Option<&[u8]>,
) -> Answer<(Vec<u8>, igdpt_finding)> {
    let (data, vbt_len) = optional(vbt);
    let opts = igdpt_opregion_normalise_opts {
        flags,
        vbt: data,
        vbt_bytes: vbt_len as u64,
        ..Default::default()
    };
    let mut told = igdpt_finding::default();
    let copy = output(|buf, len, why| {
        // SAFETY: the view is bound to its bytes, and `opts` borrows `vbt`.
        let result = unsafe { igdpt_opregion_normalise(&op.raw, &opts, buf, len, why) };
        told = *why;
        result
    })?;
    Ok((copy, told))
}

/// `igdpt_opregion_edid`: offset and size
pub fn opregion_edid(op: &OpRegion) -> Answer<(u32, u32)> {
    let mut size = 0;
    // SAFETY: the view is bound to its bytes.
    let offset = fill(|at, why| unsafe { igdpt_opregion_edid(&op.raw, at, &mut size, why) })?;
    Ok((offset, size))
}

/// `igdpt_opregion_relocate`
pub fn opregion_relocate(data: &mut [u8], address: u64, vbt_address: u64) -> Answer<()> {
    let (start, len) = (data.as_mut_ptr().cast(), data.len());
    // SAFETY: `data` is as long as told.
    fill(|_: &mut (), why| unsafe {
        igdpt_opregion_relocate(start, len, address, vbt_address, why)
    })
}

/// `igdpt_opregion_answer_swsci`: whether it was a capability query
pub fn opregion_answer_swsci(data: &mut [u8]) -> Answer<bool> {
    let (start, len) = (data.as_mut_ptr().cast(), data.len());
    let mut why = igdpt_finding::default();
    // SAFETY: `data` is as long as told.
    let result = unsafe { igdpt_opregion_answer_swsci(start, len, &mut why) };
    answer(result, why, result == 1)
}

/// What a consumer makes of an OpRegion: record, and name, title and source
pub type Outcome = (Bound<'static, igdpt_opregion_outcome>, [&'static str; 3]);

/// `igdpt_opregion_consumer`, with the reason if it does not just take it
pub fn opregion_consumer(op: &OpRegion, consumer: u32) -> Answer<(Outcome, igdpt_finding)> {
    let mut reason = igdpt_finding::default();
    // SAFETY: the view is bound to its bytes.
    let raw = fill(|raw: &mut igdpt_opregion_outcome, _| unsafe {
        igdpt_opregion_consumer(&op.raw, consumer, raw, &mut reason)
    })?;
    Ok(((Bound::new(raw), [raw.name, raw.title, raw.source].map(text)), reason))
}

/// `igdpt_opregion_diff`: gives name and record of each difference
pub fn opregion_diff(
    a: &OpRegion,
    b: &OpRegion,
    receive: &mut dyn FnMut(&'static str, &igdpt_opregion_difference),
) -> Answer<usize> {
    let mut hand_on = |d: &igdpt_opregion_difference| receive(text(d.name), d);
    // SAFETY: the views are bound to their bytes.
    collect(&mut hand_on, |call, user| unsafe { igdpt_opregion_diff(&a.raw, &b.raw, call, user) })
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

// rom ---------------------------------------------------------------------------------------------

/// `igdpt_rom_next`
pub fn rom_images<'a>(
    rom: &'a [u8],
) -> impl Iterator<Item = Answer<Bound<'a, igdpt_rom_image>>> + 'a {
    // SAFETY: `rom` is as long as told.
    walk(move |image, why| unsafe { igdpt_rom_next(bytes(rom), rom.len(), image, why) })
}

/// `igdpt_rom_check`
pub fn rom_check(
    rom: &[u8],
    device_id: u32,
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<usize> {
    // SAFETY: `rom` is as long as told.
    report(receive, |call, user| unsafe {
        igdpt_rom_check(bytes(rom), rom.len(), device_id, call, user)
    })
}

/// `igdpt_rom_patch`
pub fn rom_patch(rom: &[u8]) -> Answer<Vec<u8>> {
    // SAFETY: both buffers are as large as told.
    output(|buf, len, why| unsafe { igdpt_rom_patch(bytes(rom), rom.len(), buf, len, why) })
}

// ranges ------------------------------------------------------------------------------------------

fn ranges_pointer(ranges: Option<&Ranges>) -> *const igdpt_ranges {
    ranges.map_or(null(), |ranges| &ranges.view)
}

/// A set with its memory
#[derive(Debug)]
pub struct Ranges {
    view: igdpt_ranges,
    rows: Vec<igdpt_range>,
    _index: Vec<u64>,
}

// SAFETY: the view's pointers lead to the vectors beside it, which nobody changes.
unsafe impl Send for Ranges {}
// SAFETY: as above.
unsafe impl Sync for Ranges {}

impl Ranges {
    /// `igdpt_ranges_build`
    pub fn new(mut rows: Vec<igdpt_range>) -> Answer<Self> {
        let (mut words, mut why) = (0, igdpt_finding::default());
        let (start, count, mut view) = (rows.as_mut_ptr(), rows.len(), igdpt_ranges::default());
        // SAFETY: no room for an index is offered.
        let result = unsafe {
            igdpt_ranges_build(&mut view, start, count, null_mut(), &mut words, &mut why)
        };
        if result != -IGDPT_E_NOSPACE {
            return answer(result, why, Self { view, rows, _index: Vec::new() });
        }
        let mut index = vec![0u64; words];
        let room = index.as_mut_ptr();
        // SAFETY: both arrays are as large as told; they move with the view, their memory stays.
        let result =
            unsafe { igdpt_ranges_build(&mut view, start, count, room, &mut words, &mut why) };
        answer(result, why, Self { view, rows, _index: index })
    }

    /// Sorted, disjoint, not touching
    pub fn as_slice(&self) -> &[igdpt_range] {
        &self.rows[..self.view.count]
    }

    /// `igdpt_ranges_combine`
    pub fn combine(&self, op: u32, other: &Self) -> Answer<Self> {
        let mut count = self.view.count + other.view.count;
        let mut rows = vec![igdpt_range::default(); count];
        let (out, mut why) = (rows.as_mut_ptr(), igdpt_finding::default());
        // SAFETY: the result has at most so many ranges as both sets together.
        let result = unsafe {
            igdpt_ranges_combine(op, &self.view, &other.view, out, &mut count, &mut why)
        };
        answer(result, why, ())?;
        rows.truncate(count);
        Self::new(rows)
    }

    /// `igdpt_ranges_overlap`
    pub fn overlap(&self, first: u64, last: u64) -> Option<igdpt_range> {
        let mut hit = igdpt_range::default();
        // SAFETY: the view's arrays are beside it.
        (unsafe { igdpt_ranges_overlap(&self.view, first, last, &mut hit) } > 0).then(|| hit)
    }

    /// `igdpt_ranges_fit`
    pub fn fit(&self, request: &igdpt_ranges_request) -> Answer<u64> {
        let request = igdpt_ranges_request { size: size::<igdpt_ranges_request>(), ..*request };
        // SAFETY: the view's arrays are beside it.
        fill(|first, why| unsafe { igdpt_ranges_fit(&self.view, &request, first, why) })
    }
}

// dmar --------------------------------------------------------------------------------------------

/// A view of a table
pub type Dmar<'a> = Bound<'a, igdpt_dmar>;
/// One of its structures
pub type DmarStructure<'a> = Bound<'a, igdpt_dmar_structure>;
/// One of its device scopes
pub type DmarScope<'a> = Bound<'a, igdpt_dmar_scope>;

/// `igdpt_dmar_init`
pub fn dmar_init(data: &[u8]) -> Answer<Dmar<'_>> {
    // SAFETY: the view borrows `data`.
    fill(|dmar, why| unsafe { igdpt_dmar_init(dmar, bytes(data), data.len(), why) })
        .map(Bound::new)
}

/// `igdpt_dmar_next`
pub fn dmar_structures<'a>(
    dmar: Dmar<'a>,
) -> impl Iterator<Item = Answer<DmarStructure<'a>>> + 'a {
    // SAFETY: the view is bound to its bytes.
    walk(move |s, why| unsafe { igdpt_dmar_next(&dmar.raw, s, why) })
}

/// ACPI path of an ANDD
pub fn dmar_name<'a>(structure: &DmarStructure<'a>) -> &'a [u8] {
    // SAFETY: the name lies in the bytes of the view.
    unsafe { slice(structure.name.cast(), structure.name_bytes as usize) }
}

/// `igdpt_dmar_scope_next`
pub fn dmar_scopes<'a>(
    dmar: Dmar<'a>,
    structure: DmarStructure<'a>,
) -> impl Iterator<Item = Answer<DmarScope<'a>>> + 'a {
    // SAFETY: the view is bound to its bytes; a structure of another table is found out by them.
    walk(move |s, why| unsafe { igdpt_dmar_scope_next(&dmar.raw, &structure.raw, s, why) })
}

/// Pairs of device and function
pub fn dmar_path<'a>(scope: &DmarScope<'a>) -> &'a [u8] {
    // SAFETY: the path lies in the bytes of the view.
    unsafe { slice(scope.path, 2 * scope.path_count as usize) }
}

/// Gives the secondary and the subordinate bus of the bridge at an address
pub type BridgeFn<'a> = &'a mut dyn FnMut(u32) -> Option<(u8, u8)>;

struct Bridges<'a> {
    ask: BridgeFn<'a>,
    panic: Option<Box<dyn Any + Send>>,
}

unsafe extern "C" fn ask_bridge(user: *mut c_void, address: u32) -> c_int {
    // SAFETY: `user` is the Bridges of asking().
    let bridges = &mut *user.cast::<Bridges>();
    if bridges.panic.is_some() {
        return -1;
    }
    match catch_unwind(AssertUnwindSafe(|| (bridges.ask)(address))) {
        Ok(buses) => buses.map_or(-1, |(first, last)| c_int::from(first) | c_int::from(last) << 8),
        Err(panic) => {
            bridges.panic = Some(panic);
            -1
        }
    }
}

/// Calls what asks for bridges.
fn asking<T>(
    ask: BridgeFn,
    call: impl FnOnce(igdpt_dmar_bridge_fn, *mut c_void) -> T,
) -> T {
    let mut bridges = Bridges { ask, panic: None };
    let result = call(Some(ask_bridge), (&mut bridges as *mut Bridges).cast());
    if let Some(panic) = bridges.panic {
        resume_unwind(panic);
    }
    result
}

/// `igdpt_dmar_resolve`
pub fn dmar_resolve(scope: &DmarScope, segment: u32, ask: BridgeFn) -> Answer<u32> {
    // SAFETY: the scope is bound to its bytes, `user` is what the callback takes.
    asking(ask, |call, user| {
        fill(|address, why| unsafe {
            igdpt_dmar_resolve(&scope.raw, segment, call, user, address, why)
        })
    })
}

/// `igdpt_dmar_validate`
pub fn dmar_validate(
    dmar: &Dmar,
    firmware: Option<&Ranges>,
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<usize> {
    // An RMRR takes 24 bytes at least; each needs three words.
    let mut room = vec![0u64; 3 * (dmar.raw.len / 24)];
    let (firmware, words) = (ranges_pointer(firmware), room.len() as u64);
    let work = if words == 0 { null_mut() } else { room.as_mut_ptr() };
    let opts = igdpt_dmar_validate_opts { firmware, work, words, ..Default::default() };
    // SAFETY: the view is bound to its bytes, `opts` borrows the ranges and `room`.
    report(receive, |call, user| unsafe { igdpt_dmar_validate(&dmar.raw, &opts, call, user) })
}

/// A device scope to build; `path` are pairs of device and function
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildScope<'a> {
    /// An `IGDPT_DMAR_SCOPE_` number
    pub kind: u32,
    /// 0 for PCI functions
    pub enumeration_id: u32,
    /// Where the path starts
    pub bus: u32,
    /// Device and function bytes
    pub path: &'a [u8],
}

/// An RMRR to build
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildRmrr<'a> {
    /// First byte
    pub base: u64,
    /// Last byte
    pub end: u64,
    /// PCI segment
    pub segment: u32,
    /// Whose it is
    pub scopes: &'a [BuildScope<'a>],
}

fn build_scope(scope: &BuildScope) -> igdpt_dmar_build_scope {
    igdpt_dmar_build_scope {
        r#type: scope.kind,
        enumeration_id: scope.enumeration_id,
        bus: scope.bus,
        path_count: scope.path.len() as u32 / 2,
        path: scope.path.as_ptr(),
    }
}

/// `igdpt_dmar_build`; the pointers of `opts` are filled from the other arguments. Half a pair in a
/// path is an invalid argument.
pub fn dmar_build(
    opts: &igdpt_dmar_build_opts,
    rmrrs: &[BuildRmrr],
    from: Option<&Dmar>,
) -> Answer<Vec<u8>> {
    if rmrrs.iter().flat_map(|rmrr| rmrr.scopes).any(|scope| scope.path.len() % 2 != 0) {
        return invalid();
    }
    let scopes: Vec<Vec<_>> =
        rmrrs.iter().map(|rmrr| rmrr.scopes.iter().map(build_scope).collect()).collect();
    let rows = rmrrs.iter().zip(&scopes).map(|(rmrr, scopes)| igdpt_dmar_build_rmrr {
        base: rmrr.base,
        end: rmrr.end,
        segment: rmrr.segment,
        scope_count: scopes.len() as u32,
        scopes: scopes.as_ptr(),
    });
    let rows: Vec<_> = rows.collect();
    let opts = igdpt_dmar_build_opts {
        size: size::<igdpt_dmar_build_opts>(),
        rmrr_count: rows.len() as u64,
        rmrrs: rows.as_ptr(),
        from: from.map_or(null(), |dmar| &dmar.raw),
        ..*opts
    };
    // SAFETY: all arrays outlive the call.
    output(|buf, len, why| unsafe { igdpt_dmar_build(&opts, buf, len, why) })
}

// rmrr --------------------------------------------------------------------------------------------

/// `igdpt_rmrr_parse`
pub fn rmrr_parse(source: u32, data: &[u8]) -> Answer<Vec<igdpt_rmrr_region>> {
    // SAFETY: `data` and the rows are as many as told.
    rows(|out, count, why| unsafe {
        igdpt_rmrr_parse(source, bytes(data), data.len(), out, count, why)
    })
}

/// `igdpt_rmrr_predict`
pub fn rmrr_predict(
    dmar: &Dmar,
    devices: &[igdpt_rmrr_device],
    flags: u32,
    ask: BridgeFn,
) -> Answer<Vec<igdpt_rmrr_region>> {
    asking(ask, |bridge, user| {
        let opts = igdpt_rmrr_predict_opts {
            flags,
            devices: devices.as_ptr(),
            device_count: devices.len() as u64,
            bridge,
            user,
            ..Default::default()
        };
        // SAFETY: the view is bound to its bytes, `opts` borrows for the call alone.
        rows(|out, count, why| unsafe { igdpt_rmrr_predict(&dmar.raw, &opts, out, count, why) })
    })
}

/// `igdpt_rmrr_merge`: the regions, and how many disagreements there are
pub fn rmrr_merge(
    regions: &[igdpt_rmrr_region],
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<(Vec<igdpt_rmrr_region>, usize)> {
    let mut count = regions.len();
    let mut work = vec![igdpt_range::default(); count];
    let mut out = vec![igdpt_rmrr_region::default(); count];
    let (start, work, room) = (regions.as_ptr(), work.as_mut_ptr(), out.as_mut_ptr());
    // SAFETY: the three arrays have as many rows as told.
    let found = report(receive, |call, user| unsafe {
        igdpt_rmrr_merge(start, regions.len(), work, room, &mut count, call, user)
    })?;
    out.truncate(count);
    Ok((out, found))
}

/// `igdpt_rmrr_predict_attach`, with the kernel's log line
pub fn rmrr_predict_attach(
    regions: &[igdpt_rmrr_region],
    kernel: u32,
) -> Answer<(Bound<'static, igdpt_rmrr_attach>, &'static str)> {
    // SAFETY: there are as many regions as told.
    let attach = fill(|attach: &mut igdpt_rmrr_attach, why| unsafe {
        igdpt_rmrr_predict_attach(regions.as_ptr(), regions.len(), kernel, attach, why)
    })?;
    Ok((Bound::new(attach), text(attach.message)))
}

/// `igdpt_rmrr_check_stolen`
pub fn rmrr_check_stolen(
    platform: &Platform,
    ggc: u32,
    bdsm: u64,
    rmrr: Option<igdpt_range>,
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<usize> {
    let rmrr = rmrr.as_ref().map_or(null(), |rmrr| rmrr as *const igdpt_range);
    // SAFETY: `rmrr` outlives the call.
    report(receive, |call, user| unsafe {
        igdpt_rmrr_check_stolen(&platform.raw, ggc, bdsm, rmrr, call, user)
    })
}

/// `igdpt_rmrr_resolve`: layout and memory map; `work` of `opts` is filled
pub fn rmrr_resolve(
    opts: &igdpt_rmrr_resolve_opts,
    regions: &mut [igdpt_rmrr_region],
) -> Answer<(igdpt_rmrr_layout, Vec<igdpt_rmrr_region>)> {
    let mut work = vec![igdpt_range::default(); regions.len()];
    let (len, work) = (size::<igdpt_rmrr_resolve_opts>(), work.as_mut_ptr());
    let opts = igdpt_rmrr_resolve_opts { size: len, work, ..*opts };
    let (start, count) = (regions.as_mut_ptr(), regions.len());
    let mut layout = igdpt_rmrr_layout::default();
    // SAFETY: regions, scratch and map have as many rows as told.
    let map = rows(|out, n, why| unsafe {
        igdpt_rmrr_resolve(&opts, start, count, &mut layout, out, n, why)
    })?;
    Ok((layout, map))
}

// plan --------------------------------------------------------------------------------------------

/// What a plan is made from
pub type PlanOpts<'a> = Bound<'a, igdpt_plan_opts>;
/// A plan
pub type Plan = Bound<'static, igdpt_plan_result>;

/// `opts`, its pointers filled from the other arguments
pub fn plan_opts<'a>(
    opts: &igdpt_plan_opts,
    platform: Option<&'a Platform>,
    taken: Option<&'a Ranges>,
) -> PlanOpts<'a> {
    let (platform, taken) = (platform_pointer(platform), ranges_pointer(taken));
    let size = size::<igdpt_plan_opts>();
    Bound::new(igdpt_plan_opts { size, platform, taken, ..*opts })
}

/// `igdpt_plan_make`
pub fn plan_make(opts: &PlanOpts) -> Answer<Plan> {
    // SAFETY: `opts` is bound to what it points to.
    fill(|plan, why| unsafe { igdpt_plan_make(&opts.raw, plan, why) }).map(Bound::new)
}

/// `igdpt_plan_check`
pub fn plan_check(
    opts: &PlanOpts,
    plan: &Plan,
    receive: &mut dyn FnMut(&igdpt_finding),
) -> Answer<usize> {
    // SAFETY: `opts` is bound to what it points to.
    report(receive, |call, user| unsafe { igdpt_plan_check(&opts.raw, &plan.raw, call, user) })
}

/// `igdpt_plan_e820`
pub fn plan_e820(opts: &PlanOpts, plan: &Plan) -> Answer<Vec<igdpt_e820_entry>> {
    // SAFETY: `opts` is bound to what it points to, the rows are as many as told.
    rows(|out, count, why| unsafe { igdpt_plan_e820(&opts.raw, &plan.raw, out, count, why) })
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
        let platform = platform_pointer(platform);
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

    /// `igdpt_mmio_setup`
    pub fn mmio_setup(&mut self, opts: &igdpt_mmio_opts) -> Answer<()> {
        let opts = igdpt_mmio_opts { size: size::<igdpt_mmio_opts>(), ..*opts };
        // SAFETY: the handle is valid and nobody else has it.
        fill(|_: &mut (), why| unsafe { igdpt_mmio_setup(self.0.as_ptr(), &opts, why) })
    }

    /// `igdpt_mmio_trap_at`, with the register's name
    pub fn mmio_trap_at(
        &self,
        index: u32,
    ) -> Answer<(Bound<'static, igdpt_mmio_trap>, &'static str)> {
        // SAFETY: the handle is valid.
        let trap = fill(|trap: &mut igdpt_mmio_trap, _| unsafe {
            igdpt_mmio_trap_at(self.0.as_ptr(), index, trap)
        })?;
        Ok((Bound::new(trap), text(trap.name)))
    }

    /// `igdpt_mmio_read`: the negative error if it fails
    #[inline]
    pub fn mmio_read(&self, bar: u32, offset: u64, width: u32, hw: u64) -> Result<u64, i32> {
        let mut value = 0;
        // SAFETY: the handle is valid; any number is allowed.
        match unsafe { igdpt_mmio_read(self.0.as_ptr(), bar, offset, width, hw, &mut value) } {
            result if result < 0 => Err(result),
            _ => Ok(value),
        }
    }

    /// `igdpt_mmio_write`: events, what hardware gets and which bytes of it; or the negative error
    #[inline]
    pub fn mmio_write(
        &mut self,
        bar: u32,
        offset: u64,
        width: u32,
        value: u64,
    ) -> Result<(u32, u64, u32), i32> {
        let (cfg, mut hw, mut forward) = (self.0.as_ptr(), 0, 0);
        // SAFETY: the handle is valid and nobody else has it; any number is allowed.
        match unsafe { igdpt_mmio_write(cfg, bar, offset, width, value, &mut hw, &mut forward) } {
            events if events < 0 => Err(events),
            events => Ok((events as u32, hw, forward)),
        }
    }

    /// `igdpt_mmio_check`
    pub fn mmio_check(&self, receive: &mut dyn FnMut(&igdpt_finding)) -> Answer<usize> {
        // SAFETY: the handle is valid.
        report(receive, |call, user| unsafe { igdpt_mmio_check(self.0.as_ptr(), call, user) })
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
