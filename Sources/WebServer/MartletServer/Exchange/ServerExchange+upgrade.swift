import Logging
import MartletGateway

/// Connections that leave HTTP (RFC 9110 section 7.8).
extension ServerExchange {
    func upgrade(_ response: Response, _ own: @Sendable (UpgradedConnection) async throws -> Void) async {
        guard progress == .waiting, let connection else { return }
        guard feed == nil, fault == nil, let input = connection.upgrade(response, for: self) else {
            return complete(internalError("A request with a body cannot leave HTTP."))
        }
        let output = beginStreaming(as: .upgraded, bufferLimit: nil)
        do {
            try await own(UpgradedConnection(input: input, output: BodyWriter(output)))
        } catch {
            if !(error is ClientDisconnected) && !(error is CancellationError) {
                log(.error, "The application failed on an upgraded connection: \(error)")
            }
        }
        await services.hopToLoop()
        if progress == .upgraded { end() }
    }
}
