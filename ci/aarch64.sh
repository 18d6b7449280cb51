#!/bin/sh
# Builds ebb and its tests for aarch64 and runs them in an emulator. Status 77 (skipped), with
# the reason, where the cross compiler or the emulator is missing.
#     ci/aarch64.sh BUILD-FOLDER
set -eu
mkdir -p "$1"
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../allocators/ebb" && pwd)
root=/usr/aarch64-linux-gnu

for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    if ! command -v $tool >/dev/null; then
        echo "SKIPPED: there is no $tool here (scripts/setup.sh test installs it on Debian)"
        exit 77
    fi
done
cat >"$build/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L $root)
END
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$build/toolchain.cmake" \
    -DFUZZ_SECONDS=1 >/dev/null
cmake --build "$build" >/dev/null
# The control: what runs below is code for aarch64.
aarch64-linux-gnu-objdump -f "$build/libebb.so" | grep -q 'architecture: aarch64'
ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel 2
