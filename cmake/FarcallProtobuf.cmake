# Messages of protobuf, and services of gRPC, as libraries of their own.
#
# Both are linked from their archives. As shared objects they are 54, and the loader would need 10 ms for them each time
# that `farcall run` starts a program, which uses neither. ThreadSanitizer is told what it cannot follow by the names of
# shared objects (tests/tsan.supp).
if(FARCALL_SANITIZE MATCHES thread)
  set(from_archives OFF)
else()
  set(from_archives ON)
endif()
set(Protobuf_USE_STATIC_LIBS ${from_archives})
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(grpc REQUIRED QUIET grpc++_unsecure)

# farcall_grpc: what programs link for gRPC. The package's own list lacks the libraries that gRPC was built with.
add_library(farcall_grpc INTERFACE)
if(from_archives)
  set(archives)
  set(of_the_host)
  foreach(library ${grpc_STATIC_LIBRARIES} cares z re2 upb address_sorting)
    if(library MATCHES "^(atomic|dl|m|pthread|rt)$")
      list(APPEND of_the_host ${library})
      continue()
    endif()
    find_library(farcall_archive_${library} lib${library}.a REQUIRED)
    mark_as_advanced(farcall_archive_${library})
    list(APPEND archives ${farcall_archive_${library}})
  endforeach()
  list(REMOVE_DUPLICATES archives)
  list(JOIN archives "," archives)
  target_link_libraries(farcall_grpc INTERFACE
    "$<LINK_GROUP:RESCAN,${archives}>" protobuf::libprotobuf Threads::Threads ${CMAKE_DL_LIBS} ${of_the_host})
else()
  target_link_libraries(farcall_grpc INTERFACE ${grpc_LDFLAGS} protobuf::libprotobuf Threads::Threads)
endif()

# farcall_protobuf(TARGET FILE [GRPC]), for proto/CMakeLists.txt: a static library of what protoc makes of FILE, a path
# from the top of the sources; with GRPC its services as well. What proto/NAME.proto gives is included as
# "proto/NAME.pb.h" and "proto/NAME.grpc.pb.h".
function(farcall_protobuf target file)
  cmake_parse_arguments(ARG "GRPC" "" "" ${ARGN})
  set(directory ${CMAKE_BINARY_DIR}/protobuf)
  file(MAKE_DIRECTORY ${directory})
  cmake_path(REMOVE_EXTENSION file OUTPUT_VARIABLE stem)
  set(made ${directory}/${stem}.pb.cc ${directory}/${stem}.pb.h)
  set(options --cpp_out=${directory})
  if(ARG_GRPC)
    list(APPEND made ${directory}/${stem}.grpc.pb.cc ${directory}/${stem}.grpc.pb.h)
    list(APPEND options --grpc_out=${directory} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
  endif()
  add_custom_command(
    OUTPUT ${made}
    COMMAND protobuf::protoc ${options} -I ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${file}
    DEPENDS ${CMAKE_SOURCE_DIR}/${file}
    COMMENT "protoc ${file}")
  add_custom_target(${target}_generated DEPENDS ${made})
  add_dependencies(proto_generated ${target}_generated)
  add_library(${target} STATIC ${made})
  # The warnings of generated code are not ours.
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC ${directory})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
  if(ARG_GRPC)
    target_link_libraries(${target} PUBLIC farcall_grpc)
  endif()
endfunction()
