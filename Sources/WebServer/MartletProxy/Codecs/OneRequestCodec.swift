import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore

/// uwsgi and SCGI to an upstream: one request on each connection, whose end ends an answer without a length.
final class OneRequestCodec: UpstreamCodec {
    enum Kind: Sendable {
        case uwsgi, scgi
    }

    /// uwsgi can say no more; for SCGI it is what our own listener takes. uWSGI takes 4 KB unless it is told otherwise
    /// (`buffer-size`).
    private static let limits = CGIVariables.Limits(bytes: UWSGIPacket.maximumSize)

    private let kind: Kind
    private var reader = CGIResponseReader()
    private var hasBegun = false
    private var bodyLeft = 0
    private var inputIsClosed = false
    private(set) var hasReceived = false

    private let authority: [UInt8]

    /// - Parameter authority: the upstream's own name.
    init(_ kind: Kind, authority: [UInt8]) {
        self.kind = kind
        self.authority = authority
    }

    var isIdle: Bool { !hasBegun && !inputIsClosed }
    var isSendingBody: Bool { bodyLeft > 0 }
    var keepAliveSeconds: Int? { nil }

    func begin(_ request: OutgoingRequest, framing: MessageFraming, into output: inout ByteBuffer) throws {
        switch kind {
        case .uwsgi:
            let variables = try request.variables(over: .uwsgi, framing: framing, authority, limits: Self.limits)
            do throws(CGIVariables.Overflow) { try UWSGIPacket.write(variables, into: &output) } catch {
                throw HeadTooLargeForUpstream(reason: error)
            }
            reader = CGIResponseReader(form: .statusLine, isHead: request.isHead)
        case .scgi:
            let variables = try request.variables(over: .scgi, framing: framing, authority, limits: Self.limits)
            do throws(SCGIHeaders.NULInVariable) { try SCGIHeaders.write(variables, into: &output) } catch {
                throw NULForUpstream(variable: error.name)
            }
            reader = CGIResponseReader(isHead: request.isHead)
        }
        if case .length(let length) = framing { bodyLeft = length }
        hasBegun = true
    }

    func encode(_ bytes: ByteBuffer, _ send: (ByteBuffer) -> Void) throws(BodyTooLong) {
        guard bytes.readableBytes <= bodyLeft else { throw BodyTooLong(excess: bytes.readableBytes - bodyLeft) }
        bodyLeft -= bytes.readableBytes
        if bytes.readableBytes > 0 { send(bytes) }
    }

    func endBody(into output: inout ByteBuffer) -> Bool { bodyLeft == 0 }

    func inputClosed() {
        inputIsClosed = true
        reader.inputEnded()
    }

    func receive(_ input: inout ByteBuffer) -> UpstreamEvent {
        guard hasBegun else {
            if input.readableBytes > 0 { return .fault(UpstreamFault("it began before it was asked")) }
            return inputIsClosed ? .closed : .needsMore
        }
        if input.readableBytes > 0 { hasReceived = true }
        return UpstreamEvent(reader.next(&input)) ?? .needsMore
    }
}
