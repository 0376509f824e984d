// Debian's liblwip copies whatever tcp_write() is given (LWIP_NETIF_TX_SINGLE_PBUF). So the
// segments are made here, of two buffers each: a header, and one of the kernel's own
// (pbuf_alloced_custom) that points at the data, of a kind whose data may change (PBUF_REF): nobody
// in the stack keeps that beyond a packet's sending but with a reference to the buffer.
#include "kernel/net/lent_data.h"

#include <algorithm>
#include <utility>

namespace farcall::kernel {

namespace {

constexpr std::size_t kBuffersInSegment = 2;

/// A loan that several buffers share.
struct Lent {
  Loan loan;
  std::size_t users = 1;  ///< whoever makes the buffers is one, too

  void leave() {
    if (--users == 0) delete this;
  }
};

struct LentBuffer {
  struct pbuf_custom custom;  ///< first: lwIP knows a buffer by it
  Lent* lent;
};

struct pbuf* make_buffer(Lent& lent, std::byte* data, u16_t size) {
  auto* const made = new LentBuffer{};
  made->custom.custom_free_function = [](struct pbuf* freed) {
    auto* const buffer = reinterpret_cast<LentBuffer*>(freed);
    buffer->lent->leave();
    delete buffer;
  };
  made->lent = &lent;
  ++lent.users;
  return pbuf_alloced_custom(PBUF_RAW, size, PBUF_REF, &made->custom, data, size);
}

/// The sum of the data, as lwIP keeps it until the header is known.
void set_checksum(struct tcp_seg& segment, const std::byte* data) {
  const bool odd = segment.len % 2 != 0;
  const auto sum = static_cast<u16_t>(~inet_chksum(data, segment.len));
  segment.chksum = odd ? static_cast<u16_t>(sum << 8 | sum >> 8) : sum;
  segment.chksum_swapped = odd ? 1 : 0;
  segment.flags |= TF_SEG_DATA_CHECKSUMMED;
}

void write_header(struct tcp_hdr& header, const struct tcp_pcb& pcb, std::uint32_t sequence) {
  header = {};
  header.src = lwip_htons(pcb.local_port);
  header.dest = lwip_htons(pcb.remote_port);
  header.seqno = lwip_htonl(sequence);
  TCPH_HDRLEN_SET(&header, TCP_HLEN / 4);
}

/// nullptr without memory.
struct tcp_seg* make_segment(const struct tcp_pcb& pcb, std::uint32_t sequence, Lent& lent,
                             std::byte* data, u16_t size) {
  struct pbuf* const head = pbuf_alloc(PBUF_TRANSPORT, 0, PBUF_RAM);
  auto* const segment = static_cast<struct tcp_seg*>(memp_malloc(MEMP_TCP_SEG));
  if (head == nullptr || segment == nullptr) {
    if (head != nullptr) pbuf_free(head);
    if (segment != nullptr) memp_free(MEMP_TCP_SEG, segment);
    return nullptr;
  }
  pbuf_cat(head, make_buffer(lent, data, size));
  pbuf_add_header(head, TCP_HLEN);
  *segment = {};
  segment->p = head;
  segment->len = size;
  segment->tcphdr = static_cast<struct tcp_hdr*>(head->payload);
  write_header(*segment->tcphdr, pcb, sequence);
  set_checksum(*segment, data);
  return segment;
}

/// As large as tcp_write() makes them.
std::size_t segment_size(const struct tcp_pcb& pcb) {
  const std::size_t half_window = pcb.snd_wnd_max / 2;
  return half_window == 0 ? pcb.mss : std::min<std::size_t>(pcb.mss, half_window);
}

/// A list of segments, or nullptr.
struct tcp_seg* make_segments(const struct tcp_pcb& pcb, Lent& lent, std::size_t size, bool more) {
  struct tcp_seg* first = nullptr;
  struct tcp_seg** tail = &first;
  const std::size_t most = segment_size(pcb);
  for (std::size_t done = 0; done < size; done += most) {
    const auto part = static_cast<u16_t>(std::min(most, size - done));
    const auto sequence = pcb.snd_lbb + static_cast<std::uint32_t>(done);
    *tail = make_segment(pcb, sequence, lent, lent.loan.data() + done, part);
    if (*tail == nullptr) {
      tcp_segs_free(first);
      return nullptr;
    }
    if (!more && size - done <= most) TCPH_SET_FLAG((*tail)->tcphdr, TCP_PSH);
    tail = &(*tail)->next;
  }
  return first;
}

void append(struct tcp_pcb& pcb, struct tcp_seg* segments) {
  struct tcp_seg** tail = &pcb.unsent;
  while (*tail != nullptr) tail = &(*tail)->next;
  *tail = segments;
  pcb.unsent_oversize = 0;  // the last buffer has no room behind its data
}

}  // namespace

bool tcp_write_lent(struct tcp_pcb& pcb, Loan& loan, std::size_t size, bool more) {
  const std::size_t most = segment_size(pcb);
  const std::size_t buffers = (size + most - 1) / most * kBuffersInSegment;
  if (pcb.snd_queuelen + buffers > TCP_SND_QUEUELEN) return false;
  auto* const lent = new Lent{std::move(loan)};
  struct tcp_seg* const segments = make_segments(pcb, *lent, size, more);
  if (segments != nullptr) {
    append(pcb, segments);
    pcb.snd_lbb += static_cast<std::uint32_t>(size);
    pcb.snd_buf -= static_cast<tcpwnd_size_t>(size);
    pcb.snd_queuelen = static_cast<u16_t>(pcb.snd_queuelen + buffers);
  } else {
    loan = std::move(lent->loan);
  }
  lent->leave();
  return segments != nullptr;
}

}  // namespace farcall::kernel
