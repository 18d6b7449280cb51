# find_package(ebb): ebb::ebb is the shared library, ebb::ebb_static the archive.
include(${CMAKE_CURRENT_LIST_DIR}/ebbTargets.cmake)
