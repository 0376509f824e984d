#include "personality/text.h"

#include <cstdarg>
#include <cstdio>

#include <algorithm>

namespace farcall::personality {

void append_format(std::string& out, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  const int size = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (size > 0)
    out.append(line, std::min<std::size_t>(static_cast<std::size_t>(size), sizeof line - 1));
}

void append_padded_line(std::string& out, const std::string& line, std::size_t width) {
  out += line;
  if (line.size() < width) out.append(width - line.size(), ' ');
  out += '\n';
}

}  // namespace farcall::personality
