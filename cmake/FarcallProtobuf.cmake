# Messages of protobuf, and services of gRPC, as libraries of their own.
#
# gRPC and whole protobuf are shared objects, of which gRPC is more than fifty: only libfarcall-control.so links them, and
# tests. Programs link the few messages that they need at once with protobuf's lite library, from its archive, which
# nothing outside of them sees.
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(grpc REQUIRED QUIET IMPORTED_TARGET grpc++_unsecure)
pkg_check_modules(protobuf REQUIRED QUIET IMPORTED_TARGET protobuf)

# A target with the property FARCALL_WHOLE_PROTOBUF has that alone. So has everything with ThreadSanitizer, which is told
# what it cannot follow by the names of shared objects (tests/tsan.supp).
add_library(farcall_protobuf_lite INTERFACE)
if(FARCALL_SANITIZE MATCHES thread)
  target_link_libraries(farcall_protobuf_lite INTERFACE PkgConfig::protobuf)
else()
  find_library(FARCALL_PROTOBUF_LITE_ARCHIVE libprotobuf-lite.a REQUIRED)
  mark_as_advanced(FARCALL_PROTOBUF_LITE_ARCHIVE)
  target_link_libraries(farcall_protobuf_lite INTERFACE
    "$<IF:$<BOOL:$<TARGET_PROPERTY:FARCALL_WHOLE_PROTOBUF>>,PkgConfig::protobuf,${FARCALL_PROTOBUF_LITE_ARCHIVE}>")
endif()

# farcall_protobuf(TARGET FILE [GRPC]), for proto/CMakeLists.txt: a static library of what protoc makes of FILE, a path
# from the top of the sources: messages for the lite library, or with GRPC whole ones, and services. What proto/NAME.proto gives is included as
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
  if(ARG_GRPC)
    target_link_libraries(${target} PUBLIC PkgConfig::protobuf PkgConfig::grpc)
  else()
    target_link_libraries(${target} PUBLIC farcall_protobuf_lite)
  endif()
endfunction()
