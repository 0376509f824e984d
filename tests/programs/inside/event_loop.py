"""asyncio, which waits with epoll, has an eventfd or socketpair of the host's in it and sockets of the kernel's."""

import asyncio


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def ask(port, number):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for turn in range(10):
        writer.write(f"{number} and {turn}\n".encode())
        assert await reader.readline() == f"{number} AND {turn}\n".encode()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.wait_for(asyncio.gather(*(ask(port, number) for number in range(20))), 30)
    # Another thread wakes the loop through its own descriptor of the host's.
    assert await asyncio.to_thread(lambda: 42) == 42
    server.close()
    await server.wait_closed()


asyncio.run(main())
print("ok")
