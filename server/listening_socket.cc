#include "server/listening_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace farcall::server {
namespace {

constexpr int kBacklog = 1024;

std::string with_errno(std::string text) { return std::move(text) + ": " + std::strerror(errno); }

/// Keeps two servers that start at once from replacing the same stale socket.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& file) {
    const auto directory = std::filesystem::path(file).parent_path();
    fd_ = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ != -1) flock(fd_, LOCK_EX);
  }
  ~DirectoryLock() {
    if (fd_ != -1) ::close(fd_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int fd_;
};

/// Removes a socket that nobody listens at. The complaint says why it cannot.
std::optional<Complaint> remove_stale(const ServerUrl& url) {
  const char* path = url.local.sun_path;
  struct stat status;
  if (lstat(path, &status) == -1) return std::nullopt;
  if (!S_ISSOCK(status.st_mode)) return Complaint{"a file that is no socket is in its place"};
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int connected = connect(probe, &url.any, url.length);
  const int error = errno;
  ::close(probe);
  if (connected == 0 || error == EAGAIN) {
    return Complaint{"another server listens there; stop it, or choose another --listen URL"};
  }
  if (error != ECONNREFUSED) {
    return Complaint{std::string("the socket that is there cannot be tried: ") +
                     std::strerror(error)};
  }
  if (unlink(path) == -1) return Complaint{with_errno("the old socket cannot be removed")};
  return std::nullopt;
}

}  // namespace

std::variant<ListeningSocket, Complaint> ListeningSocket::open(const std::string& url) {
  const auto complain = [&](const std::string& why) {
    return Complaint{"cannot listen at '" + url + "': " + why};
  };
  const auto parsed = parse_url(url);
  if (!parsed) return complain(std::string("a URL is ") + kUrlForms);
  const int fd = socket(parsed->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd == -1) return complain(std::strerror(errno));

  ListeningSocket made(fd, parsed->family());
  auto bound = made.is_local() ? made.bind_local(*parsed) : made.bind_internet(*parsed);
  if (auto* why = std::get_if<Complaint>(&bound)) return complain(why->text);
  if (listen(fd, kBacklog) == -1) return complain(std::strerror(errno));
  return made;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      family_(other.family_),
      url_(std::move(other.url_)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
  remove_file();
  if (fd_ != -1) ::close(fd_);
}

void ListeningSocket::remove_file() const {
  struct stat status;
  const bool ours = !path_.empty() && lstat(path_.c_str(), &status) == 0 &&
                    status.st_dev == device_ && status.st_ino == inode_;
  if (ours) unlink(path_.c_str());
}

std::variant<std::monostate, Complaint> ListeningSocket::bind_local(const ServerUrl& url) {
  const std::string path = url.local.sun_path;
  const DirectoryLock lock(path);
  // The file gets the mode of the socket, so it is never there with another one.
  fchmod(fd_, S_IRUSR | S_IWUSR);
  if (auto complaint = remove_stale(url)) return *complaint;
  if (bind(fd_, &url.any, url.length) == -1) return Complaint{std::strerror(errno)};
  path_ = std::filesystem::absolute(path).string();
  url_ = "unix://" + path_;
  struct stat status;
  if (lstat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  // Listening before the lock is given up: until then the socket looks like a dead server's.
  if (listen(fd_, kBacklog) == -1) return Complaint{std::strerror(errno)};
  return std::monostate{};
}

std::variant<std::monostate, Complaint> ListeningSocket::bind_internet(const ServerUrl& url) {
  const int on = 1;
  setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (url.family() == AF_INET6) setsockopt(fd_, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (bind(fd_, &url.any, url.length) == -1) return Complaint{std::strerror(errno)};
  ServerUrl bound = url;
  getsockname(fd_, &bound.any, &bound.length);
  char host[INET6_ADDRSTRLEN];
  if (url.family() == AF_INET) {
    inet_ntop(AF_INET, &bound.inet.sin_addr, host, sizeof(host));
    url_ = "tcp://" + std::string(host) + ":" + std::to_string(ntohs(bound.inet.sin_port));
  } else {
    inet_ntop(AF_INET6, &bound.inet6.sin6_addr, host, sizeof(host));
    url_ = "tcp6://[" + std::string(host) + "]:" + std::to_string(ntohs(bound.inet6.sin6_port));
  }
  return std::monostate{};
}

}  // namespace farcall::server
