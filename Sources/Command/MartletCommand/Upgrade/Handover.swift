import FoundationEssentials
import Glibc
import MartletServer

/// What a server process tells the one that is to take its place, in a variable of its environment; and the socket over which the new
/// one says how it fares.
struct Handover: Codable {
    static let variable = "MARTLET_HANDOVER"

    /// Of a pair of sockets.
    let channel: Int32
    let sockets: [HandedSocket]
    /// Those of the addresses that tell what the server is doing, by the name of the setting. Nil from a version that did not have them.
    let monitoring: [String: [HandedSocket]]?

    var descriptors: [Int32] { [channel] + (sockets + (monitoring ?? [:]).values.joined()).map(\.descriptor) }

    var text: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// The bytes that both sides say.
    enum Word {
        static let ready = "ready\n"
        static let go = "go\n"
    }
}

/// The process whose place this one is to take.
struct Predecessor: Sendable {
    private let channel: CInt
    let sockets: [HandedSocket]
    let monitoring: [String: [HandedSocket]]

    /// How long the former process may take to answer, which has nothing to do but to tell systemd.
    private static let patience: Int32 = 5_000

    /// Takes what is there out of the environment; nil where this process takes nobody's place.
    static func take() -> Predecessor? {
        guard let value = getenv(Handover.variable).map({ String(cString: $0) }) else { return nil }
        unsetenv(Handover.variable)
        guard let handover = try? JSONDecoder().decode(Handover.self, from: Data(value.utf8)) else { return nil }
        for descriptor in handover.descriptors {
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { return nil }
        }
        return Predecessor(channel: handover.channel, sockets: handover.sockets, monitoring: handover.monitoring ?? [:])
    }

    /// This process serves. Returns when the former one knows, and has told whoever watches it, or is gone.
    func ready() {
        say(Handover.Word.ready)
        var entry = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, Self.patience) < 0, errno == EINTR {}
        close(channel)
    }

    /// This process cannot serve, and ends.
    func failed(_ reason: String) { say(reason) }

    private func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = send(channel, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }
}
