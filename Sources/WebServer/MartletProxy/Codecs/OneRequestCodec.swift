import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore

/// uwsgi and SCGI to an upstream: one request on each connection, whose end ends an answer without a length.
struct OneRequestCodec: UpstreamCodec {
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

    init(_ kind: Kind) { self.kind = kind }

    var isIdle: Bool { !hasBegun && !inputIsClosed }
    var isSendingBody: Bool { bodyLeft > 0 }
    var keepAliveSeconds: Int? { nil }

    mutating func begin(_ request: OutgoingRequest, into output: inout ByteBuffer) throws {
        switch kind {
        case .uwsgi:
            let variables = try request.variables(over: .uwsgi, limits: Self.limits)
            do throws(CGIVariables.Overflow) { try UWSGIPacket.write(variables, into: &output) } catch {
                throw HeadTooLargeForUpstream(reason: error)
            }
            reader = CGIResponseReader(form: .statusLine, isHead: request.isHead)
        case .scgi:
            let variables = try request.variables(over: .scgi, limits: Self.limits)
            do throws(SCGIHeaders.NULInVariable) { try SCGIHeaders.write(variables, into: &output) } catch {
                throw NULForUpstream(variable: error.name)
            }
            reader = CGIResponseReader(isHead: request.isHead)
        }
        if case .length(let length) = request.framing { bodyLeft = length }
        hasBegun = true
    }

    mutating func encode(_ bytes: ByteBuffer, _ send: (ByteBuffer) -> Void) throws(BodyTooLong) {
        guard bytes.readableBytes <= bodyLeft else { throw BodyTooLong(excess: bytes.readableBytes - bodyLeft) }
        bodyLeft -= bytes.readableBytes
        if bytes.readableBytes > 0 { send(bytes) }
    }

    mutating func endBody(into output: inout ByteBuffer) -> Bool { bodyLeft == 0 }

    mutating func inputClosed() {
        inputIsClosed = true
        reader.inputEnded()
    }

    mutating func receive(_ input: inout ByteBuffer) -> UpstreamEvent {
        guard hasBegun else {
            if input.readableBytes > 0 { return .fault(UpstreamFault("it began before it was asked")) }
            return inputIsClosed ? .closed : .needsMore
        }
        if input.readableBytes > 0 { hasReceived = true }
        return UpstreamEvent(reader.next(&input)) ?? .needsMore
    }
}
