// SPDX-License-Identifier: MIT
//! Safe wrappers of libigdpt-host; strings and buffers for pointers, as in [`crate::safe`].
use std::ffi::{CStr, CString, OsStr};
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, BorrowedFd};
use std::ptr::null;

use crate::*;

/// Why something could not be read: an `IGDPT_E_` number, an errno or 0, and maybe a sentence.
#[derive(Clone, Debug)]
pub struct Failure {
    /// An `IGDPT_E_` number
    pub error: i32,
    /// An errno, or 0
    pub system: i32,
    /// Empty if the library told none
    pub text: String,
}

/// What a call gives.
pub type Answer<T> = Result<T, Failure>;

const NAME_ROOM: usize = 4096;
const MOST: usize = 16 << 20;

fn text(chars: &[c_char]) -> String {
    let bytes: Vec<u8> = chars.iter().map(|c| *c as u8).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn answer<T>(result: c_int, why: &igdpt_host_why, value: T) -> Answer<T> {
    if result < 0 {
        return Err(Failure { error: -result, system: why.system, text: text(&why.text) });
    }
    Ok(value)
}

/// Fills a struct by a call that may give a reason.
fn fill<T: Default>(call: impl FnOnce(&mut T, &mut igdpt_host_why) -> c_int) -> Answer<T> {
    let (mut value, mut why) = (T::default(), igdpt_host_why::default());
    let result = call(&mut value, &mut why);
    answer(result, &why, value)
}

/// The bytes of a call that is made with more and more room.
fn output(
    mut call: impl FnMut(*mut c_void, &mut usize, &mut igdpt_host_why) -> c_int,
) -> Answer<Vec<u8>> {
    let mut room = 1 << 16;
    loop {
        let (mut data, mut len, mut why) = (vec![0u8; room], room, igdpt_host_why::default());
        let result = call(data.as_mut_ptr().cast(), &mut len, &mut why);
        if result == -IGDPT_E_NOSPACE && room < MOST {
            room <<= 4;
            continue;
        }
        data.truncate(len);
        return answer(result, &why, data);
    }
}

/// The text of a call.
fn sentence(call: impl FnOnce(*mut c_char, usize) -> c_int) -> Answer<String> {
    let mut room = [0; NAME_ROOM];
    let result = call(room.as_mut_ptr(), room.len());
    answer(result, &igdpt_host_why::default(), text(&room))
}

fn c_string(string: impl AsRef<OsStr>) -> Answer<CString> {
    CString::new(string.as_ref().as_bytes()).map_err(|_| Failure {
        error: IGDPT_E_INVALID,
        system: 0,
        text: String::new(),
    })
}

/// `igdpt_host_read`
pub fn read(root: BorrowedFd, path: &str) -> Answer<Vec<u8>> {
    let path = c_string(path)?;
    // SAFETY: the buffer is as large as told.
    output(|buf, len, _| unsafe { igdpt_host_read(root.as_raw_fd(), path.as_ptr(), buf, len) })
}

/// `igdpt_host_link`
pub fn link(root: BorrowedFd, path: &str) -> Answer<String> {
    let path = c_string(path)?;
    // SAFETY: the buffer is as large as told.
    sentence(|name, room| unsafe { igdpt_host_link(root.as_raw_fd(), path.as_ptr(), name, room) })
}

/// Keeps a name. Nothing here panics, so nothing unwinds into C.
unsafe extern "C" fn keep(user: *mut c_void, name: *const c_char) -> c_int {
    // SAFETY: `user` is the vector of list(), `name` ends in NUL.
    let (names, name) = (&mut *user.cast::<Vec<String>>(), CStr::from_ptr(name));
    names.push(name.to_string_lossy().into_owned());
    0
}

/// `igdpt_host_list`
pub fn list(root: BorrowedFd, path: &str) -> Answer<Vec<String>> {
    let path = c_string(path)?;
    let mut names: Vec<String> = Vec::new();
    let user = (&mut names as *mut Vec<String>).cast();
    // SAFETY: `user` is what the callback takes.
    let result = unsafe { igdpt_host_list(root.as_raw_fd(), path.as_ptr(), Some(keep), user) };
    answer(result, &igdpt_host_why::default(), names)
}

/// `igdpt_host_get_device`
pub fn get_device(root: BorrowedFd, address: u32) -> Answer<igdpt_host_device> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|device, _| unsafe { igdpt_host_get_device(root.as_raw_fd(), address, device) })
}

/// `igdpt_host_find`
pub fn find(root: BorrowedFd, from: u32) -> Answer<igdpt_host_device> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|device, _| unsafe { igdpt_host_find(root.as_raw_fd(), from, device) })
}

/// `igdpt_host_member`
pub fn member(root: BorrowedFd, group: u32, from: u32) -> Answer<igdpt_host_device> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|device, _| unsafe { igdpt_host_member(root.as_raw_fd(), group, from, device) })
}

/// Name of a device's driver
pub fn driver(device: &igdpt_host_device) -> String {
    text(&device.driver)
}

/// `igdpt_host_config`
pub fn config(root: BorrowedFd, address: u32) -> Answer<Vec<u8>> {
    // SAFETY: the buffer is as large as told.
    output(|buf, len, _| unsafe { igdpt_host_config(root.as_raw_fd(), address, buf, len) })
}

/// `igdpt_host_reserved_regions`
pub fn reserved_regions(root: BorrowedFd, group: u32) -> Answer<Vec<u8>> {
    // SAFETY: the buffer is as large as told.
    output(|buf, len, _| unsafe { igdpt_host_reserved_regions(root.as_raw_fd(), group, buf, len) })
}

/// `igdpt_host_get_iommu`
pub fn get_iommu(root: BorrowedFd) -> Answer<igdpt_host_iommu> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|iommu, _| unsafe { igdpt_host_get_iommu(root.as_raw_fd(), iommu) })
}

/// `igdpt_host_get_kernel`: major, minor, release
pub fn get_kernel(root: BorrowedFd) -> Answer<(u32, u32, String)> {
    // SAFETY: fills a struct of the size that it tells.
    let kernel = fill(|kernel: &mut igdpt_host_kernel, _| unsafe {
        igdpt_host_get_kernel(root.as_raw_fd(), kernel)
    })?;
    Ok((kernel.major, kernel.minor, text(&kernel.release)))
}

/// `igdpt_host_kernel_option`
pub fn kernel_option(root: BorrowedFd, option: &str) -> Answer<char> {
    let option = c_string(option)?;
    // SAFETY: the option ends in NUL.
    let result = unsafe { igdpt_host_kernel_option(root.as_raw_fd(), option.as_ptr()) };
    answer(result, &igdpt_host_why::default(), result as u8 as char)
}

/// `igdpt_host_parameter`
pub fn parameter(root: BorrowedFd, module: &str, parameter: &str) -> Answer<String> {
    let (module, parameter) = (c_string(module)?, c_string(parameter)?);
    // SAFETY: the strings end in NUL, the buffer is as large as told.
    sentence(|value, room| unsafe {
        igdpt_host_parameter(root.as_raw_fd(), module.as_ptr(), parameter.as_ptr(), value, room)
    })
}

/// `igdpt_host_opregion`
pub fn opregion(root: BorrowedFd, address: u32, source: u32) -> Answer<Vec<u8>> {
    // SAFETY: the buffer is as large as told.
    output(|buf, len, why| unsafe {
        igdpt_host_opregion(root.as_raw_fd(), address, source, buf, len, why)
    })
}

/// `igdpt_host_regions`
pub fn regions(root: BorrowedFd, address: u32, source: u32) -> Answer<igdpt_host_regions> {
    // SAFETY: fills a struct of the size that it tells.
    fill(|regions, why| unsafe {
        igdpt_host_regions(root.as_raw_fd(), address, source, regions, why)
    })
}

/// `igdpt_host_libpci_config`. libpci has state of its own: one call at a time.
pub fn libpci_config(dump: Option<&OsStr>, address: u32) -> Answer<Vec<u8>> {
    let dump = dump.map(c_string).transpose()?;
    let path = dump.as_ref().map_or(null(), |path| path.as_ptr());
    let _alone = LIBPCI.lock();
    // SAFETY: the path ends in NUL, the buffer is as large as told, no other call runs.
    output(|buf, len, why| unsafe { igdpt_host_libpci_config(path, address, buf, len, why) })
}

/// `igdpt_host_libpci_name`
pub fn libpci_name(vendor: u32, device: u32) -> Answer<String> {
    let _alone = LIBPCI.lock();
    // SAFETY: the buffer is as large as told, no other call runs.
    sentence(|name, room| unsafe { igdpt_host_libpci_name(vendor, device, name, room) })
}

static LIBPCI: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[cfg(test)]
mod tests {
    #[test]
    fn the_library_has_every_function() {
        for (name, address) in crate::host_functions() {
            assert!(!address.is_null(), "{name}");
        }
    }
}
