# find_package(ebb): ebb::ebb is the shared library, ebb::ebb_static the archive, ebb::embed the
# archive for addons, and ebb::mi the same under mimalloc's names.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/ebbTargets.cmake)
