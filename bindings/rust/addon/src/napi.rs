//! The few functions of Node-API that the addon needs; node itself has them.
use std::os::raw::{c_char, c_int, c_void};
use std::ptr::null_mut;

pub type Env = *mut c_void;
pub type Value = *mut c_void;
pub type CallbackInfo = *mut c_void;
pub type Callback = unsafe extern "C" fn(Env, CallbackInfo) -> Value;

extern "C" {
    fn napi_create_function(
        env: Env, name: *const c_char, length: usize, call: Callback, data: *mut c_void, result: *mut Value,
    ) -> c_int;
    fn napi_set_named_property(env: Env, object: Value, name: *const c_char, value: Value) -> c_int;
    fn napi_get_cb_info(
        env: Env, info: CallbackInfo, count: *mut usize, arguments: *mut Value, this: *mut Value,
        data: *mut *mut c_void,
    ) -> c_int;
    fn napi_get_value_uint32(env: Env, value: Value, result: *mut u32) -> c_int;
    fn napi_create_uint32(env: Env, value: u32, result: *mut Value) -> c_int;
}

/// Makes `call` a property of the exports. The name ends in a NUL.
pub unsafe fn export(env: Env, exports: Value, name: &'static str, call: Callback) {
    let mut function = null_mut();
    let name_pointer = name.as_ptr().cast();
    let done = napi_create_function(env, name_pointer, name.len() - 1, call, null_mut(), &mut function) == 0
        && napi_set_named_property(env, exports, name_pointer, function) == 0;
    assert!(done, "addon: Node.js takes no function");
}

/// The first argument. 0 if it is no number.
pub unsafe fn argument(env: Env, info: CallbackInfo) -> u32 {
    let (mut value, mut count, mut number) = (null_mut(), 1, 0);
    napi_get_cb_info(env, info, &mut count, &mut value, null_mut(), null_mut());
    napi_get_value_uint32(env, value, &mut number);
    number
}

pub unsafe fn number(env: Env, number: u32) -> Value {
    let mut value = null_mut();
    napi_create_uint32(env, number, &mut value);
    value
}
