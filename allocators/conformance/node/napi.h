/* The few functions of Node-API that addon.c calls (version 3, which is stable). node
 * itself has them, and this file declares them, so no header has to be installed. */
#ifndef CONFORMANCE_NODE_NAPI_H
#define CONFORMANCE_NODE_NAPI_H

#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef int napi_status; /* 0: good */
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);
typedef struct napi_async_work__ *napi_async_work;
typedef void (*napi_execute)(napi_env env, void *data);
typedef void (*napi_complete)(napi_env env, napi_status status, void *data);
typedef void (*napi_finalize)(napi_env env, void *data, void *hint);

napi_status napi_create_function(napi_env env, const char *name, size_t length,
                                 napi_callback call, void *data, napi_value *ret);
napi_status napi_set_named_property(napi_env env, napi_value object, const char *name,
                                    napi_value value);
napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t *count,
                             napi_value *arguments, napi_value *self, void **data);
napi_status napi_get_value_uint32(napi_env env, napi_value value, uint32_t *ret);
napi_status napi_create_uint32(napi_env env, uint32_t value, napi_value *ret);
napi_status napi_create_string_utf8(napi_env env, const char *text, size_t length,
                                    napi_value *ret);
napi_status napi_create_external_buffer(napi_env env, size_t length, void *data,
                                        napi_finalize finalize, void *hint,
                                        napi_value *ret);
napi_status napi_create_async_work(napi_env env, napi_value resource, napi_value name,
                                   napi_execute execute, napi_complete complete,
                                   void *data, napi_async_work *ret);
napi_status napi_queue_async_work(napi_env env, napi_async_work work);
napi_status napi_delete_async_work(napi_env env, napi_async_work work);

#endif
