#!/bin/sh
# Builds addon.node with the allocator's archive inside: $MIMALLOC_ARCHIVE, a libmimalloc.a of version 3 whose code
# is position-independent. tidemark builds one: build/allocators/conformance/lib/mimalloc3.a.
set -eu
archive=${MIMALLOC_ARCHIVE:?set MIMALLOC_ARCHIVE to the libmimalloc.a to link, by its full path}
exec rustc --edition 2021 -O --crate-type cdylib -C link-arg="$archive" -o addon.node addon.rs
