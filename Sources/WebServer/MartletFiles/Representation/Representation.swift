import Glibc
import MartletBytes
import MartletFolders
import MartletGateway
import NIOCore

/// A file that is ready to be sent: one set of bytes, with its validators.
///
/// A class: each request chooses one, and a value would be copied for it, with every reference in it.
final class Representation: Sendable {
    enum Content: Sendable {
        /// In memory, for as long as the reservation says.
        case bytes(ByteBuffer, Allowance.Reservation)
        /// Kept open, if there was room for one more.
        case descriptor(OwnedDescriptor, Allowance.Reservation?)
    }

    let coding: ContentCoding?
    let size: Int
    let isSettled: Bool
    private let facts: FileFacts
    private let content: Content
    private let validators: Validators
    /// The answer to a request without conditions.
    private let whole: Response

    init(
        _ headers: Headers,
        _ facts: FileFacts,
        _ coding: ContentCoding?,
        isSettled: Bool,
        content: Content
    ) {
        self.coding = coding
        self.facts = facts
        self.isSettled = isSettled
        self.content = content
        validators = Validators(headers) ?? Validators(tag: nil, modified: nil)
        switch content {
        case .bytes(let bytes, _):
            size = bytes.readableBytes
            whole = Response(headers: headers, body: .bytes(bytes))
        case .descriptor(let descriptor, _):
            size = facts.size
            whole = Response(headers: headers, body: .file(FileRange(.descriptor(descriptor), offset: 0, length: size)))
        }
    }

    func response(to head: RequestHead) -> Response {
        guard let conditions = Preconditions(head) else { return whole }
        return whole.answering(conditions.outcome(validators, size: size), size: size) ?? whole
    }

    /// Whether it may stay in a cache: there was room for its descriptor.
    var isKept: Bool {
        if case .descriptor(_, nil) = content { return false }
        return true
    }

    /// Whether there was too little room for it as it should be kept.
    var isShortOfRoom: Bool { !isKept || keepsDescriptor && size <= FileLoader.keptBytes }

    var keepsDescriptor: Bool {
        if case .descriptor = content { return true }
        return false
    }

    /// Whether an open file is as it was; what is in memory always is.
    var isUnchanged: Bool {
        guard case .descriptor(let descriptor, _) = content else { return true }
        return (try? FileFacts(of: descriptor)) == facts
    }
}

/// A file with those beside it that are the same, compressed.
struct FoundFile: Sendable {
    let plain: Representation
    let encoded: [Representation]
    /// To be compared with the disk; nil if they would not show each change.
    let facts: [FileFacts]?

    var keepsDescriptors: Bool { plain.keepsDescriptor || encoded.contains(where: \.keepsDescriptor) }

    var isKept: Bool { plain.isKept && encoded.allSatisfy(\.isKept) }

    var isShortOfRoom: Bool { plain.isShortOfRoom || encoded.contains(where: \.isShortOfRoom) }

    /// The one that the client likes best, and of several the smallest. One that takes nothing at all gets the plain one.
    func choose(for head: RequestHead) -> Representation {
        guard !encoded.isEmpty else { return plain }
        var accepted: UnsafeRawBufferPointer?
        for field in head.fields where ASCIICase.equals(head.slice(field.name), "accept-encoding") {
            // Several lines are rare, and the first is enough.
            accepted = head.slice(field.value)
            break
        }
        guard let accepted else { return plain }
        var best = plain
        // What is not named is welcome, but less than anything that is (RFC 9110 section 12.5.3).
        var bestQuality = QualityList.quality(of: "identity", in: accepted) ?? 1
        for other in encoded {
            guard let quality = other.coding?.quality(in: accepted), quality > 0 else { continue }
            if quality > bestQuality || quality == bestQuality && other.size < best.size {
                (best, bestQuality) = (other, quality)
            }
        }
        return best
    }
}
