# What every target of Farcall has in common: the language, the warnings, the sanitizers, where the results go.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

# A build tree and an installed prefix have the same shape: bin/ beside lib/.
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib")
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

set(FARCALL_SANITIZE "" CACHE STRING "Sanitizers to build with, as the compiler's -fsanitize takes them")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wnon-virtual-dtor -Werror
                    -fno-omit-frame-pointer)
if(FARCALL_SANITIZE)
  add_compile_options(-fsanitize=${FARCALL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FARCALL_SANITIZE})
endif()

# farcall_uninstrumented(TARGETS...): what is loaded into programs that know no sanitizer, whose run-time library would
# have to be loaded before everything else there.
function(farcall_uninstrumented)
  if(FARCALL_SANITIZE)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -fno-sanitize=all)
      target_link_options(${target} PRIVATE -fno-sanitize=all)
    endforeach()
  endif()
endfunction()

# farcall_quick_to_load(TARGETS...): what many starts wait for, with few shared objects to find and few names to look up. The
# C++ library comes from its archive; its unwinder does not, of which a process may have one only (pthread_exit(3) brings
# the shared one). Sanitizers look for the shared library.
function(farcall_quick_to_load)
  foreach(target ${ARGN})
    target_link_options(${target} PRIVATE -Wl,--as-needed)
    if(NOT FARCALL_SANITIZE)
      target_link_options(${target} PRIVATE -static-libstdc++ -shared-libgcc)
    endif()
    # To a path of its own for the build tree CMake adds an empty one, the working directory.
    if(CMAKE_BUILD_RPATH STREQUAL CMAKE_INSTALL_RPATH)
      set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON)
    endif()
  endforeach()
endfunction()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# farcall_test(NAME SOURCES... [LIBS ...]): a GoogleTest program, registered with CTest under its own name.
function(farcall_test name)
  cmake_parse_arguments(ARG "" "" "LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${ARG_LABELS}")
endfunction()
