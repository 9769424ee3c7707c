import Glibc
import MartletGateway
import MartletProcesses

/// A pipe between the server and a script.
struct ScriptPipe: Sendable {
    let reading: OwnedDescriptor
    let writing: OwnedDescriptor

    init() throws(ScriptFailure) {
        var ends: [CInt] = [-1, -1]
        guard ChildProcess.makePipe(&ends) else {
            throw .notStarted(number: errno, "there is no pipe for it: \(String(cString: strerror(errno)))")
        }
        reading = OwnedDescriptor(ends[0])
        writing = OwnedDescriptor(ends[1])
    }

    static func nothing() throws(ScriptFailure) -> OwnedDescriptor {
        let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            throw .notStarted(number: errno, "/dev/null cannot be opened: \(String(cString: strerror(errno)))")
        }
        return OwnedDescriptor(number)
    }

    /// A number of its own for the same descriptor, which a channel takes.
    static func duplicate(_ descriptor: OwnedDescriptor) throws(ScriptFailure) -> CInt {
        let number = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 3)
        guard number >= 0 else {
            throw .notStarted(number: errno, "there is no descriptor for its pipe: \(String(cString: strerror(errno)))")
        }
        return number
    }
}
