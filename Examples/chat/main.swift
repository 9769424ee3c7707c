import Martlet

// A chat: rooms over WebSocket, what happens as server-sent events, files that are shared.

/// Who is in which room.
actor Rooms {
    private var members: [String: Set<WebSocket>] = [:]
    private var watchers: [AsyncStream<String>.Continuation] = []

    func join(_ room: String, _ socket: WebSocket) {
        members[room, default: []].insert(socket)
        tell("\(members[room]?.count ?? 0) in \(room)")
    }

    func leave(_ room: String, _ socket: WebSocket) {
        members[room]?.remove(socket)
        tell("\(members[room]?.count ?? 0) in \(room)")
    }

    /// Nobody waits for a member who is slow: the message is left out there.
    func say(_ text: String, in room: String) {
        for member in members[room, default: []] { member.trySend(text) }
    }

    /// What happens from now on.
    func news() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(100))
        watchers.append(continuation)
        return stream
    }

    private func tell(_ text: String) {
        watchers.removeAll { if case .terminated = $0.yield(text) { true } else { false } }
    }
}

let rooms = Rooms()
let app = App()
app.templates(in: "templates")

app.get("/") { request in try request.render("chat.html") }

app.webSocket("/chat/<room>") { socket, room in
    let name = socket.request.args["name"] ?? "somebody"
    await rooms.join(room, socket)
    for await message in socket {
        if let text = message.text { await rooms.say("\(name): \(text)", in: room) }
    }
    // However the connection has ended.
    await rooms.leave(room, socket)
}

app.get("/news") { request in
    let news = await rooms.news()
    return Response.events { events in
        for await text in news { try await events.send(data: text) }
    }
}

app.post("/files") { request in
    let file = try await request.form().file("file")
    guard let name = file.safeName else { throw Abort(.badRequest, "The file has no name.") }
    try await file.save(to: "uploads/\(name)")
    await rooms.say("A file: \(name)", in: "lobby")
    return Response.redirect(to: "/", status: .seeOther)
}
app.get("/files/<path:name>") { (name: String) in File(in: "uploads", name, as: name) }

try await app.run()
