import HTTPTypes
import MartletBytes
package import MartletGateway

/// Answers preflights, and says in every answer which page may read it.
///
/// 1. The application never sees a preflight. One from an origin that is not allowed gets an answer that allows nothing.
/// 2. These fields are this policy's: those of an application are replaced, since two of them allow nothing.
/// 3. An origin is sent back only if it is in the list. `*` is sent as `*`, and never with credentials.
/// 4. If the answer depends on the origin it says so in `Vary`, also to who sent none.
package struct CORSPolicy: Policy {
    private let configuration: CORSConfiguration
    private let isForAny: Bool

    private static let origin = HTTPField.Name("Origin")
    private static let requestMethod = HTTPField.Name("Access-Control-Request-Method")
    private static let requestHeaders = HTTPField.Name("Access-Control-Request-Headers")

    package init(_ configuration: CORSConfiguration) {
        self.configuration = configuration
        isForAny = configuration.origins.contains(.any) && !configuration.allowsCredentials
    }

    package func receive(_ request: inout Request) -> Verdict {
        guard request.method == .options, let origin = Self.value(Self.origin, request),
            Self.value(Self.requestMethod, request) != nil
        else { return .pass }
        var response = Response(status: .noContent)
        response.headers.append("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        guard let allowed = allowed(origin) else { return .answer(response) }
        allow(allowed, &response.headers)
        response.headers.append("Access-Control-Allow-Methods", configuration.methods.joined(separator: ", "))
        let asked = Self.value(Self.requestHeaders, request)
        let fields = configuration.headers.isEmpty ? asked : configuration.headers.joined(separator: ", ")
        if let fields,
            fields.utf8.allSatisfy({ FieldSyntax.isToken($0) || $0 == UInt8(ascii: ",") || ASCII.isBlank($0) })
        {
            response.headers.append("Access-Control-Allow-Headers", fields)
        }
        response.headers.append("Access-Control-Max-Age", "\(configuration.maximumAge.components.seconds)")
        return .answer(response)
    }

    package func finish(_ response: inout Response, to request: Request) {
        response.headers.remove { name in
            name.count > 22 && ASCIICase.equals(name.prefix(22), "access-control-allow-o")
                || ASCIICase.equals(name, "access-control-allow-credentials")
                || ASCIICase.equals(name, "access-control-expose-headers")
        }
        if !isForAny { response.headers.append("Vary", "Origin") }
        guard let origin = Self.value(Self.origin, request), let allowed = allowed(origin) else { return }
        allow(allowed, &response.headers)
        if !configuration.exposed.isEmpty {
            response.headers.append("Access-Control-Expose-Headers", configuration.exposed.joined(separator: ", "))
        }
    }

    private func allow(_ origin: String, _ headers: inout Headers) {
        headers.append("Access-Control-Allow-Origin", origin)
        if configuration.allowsCredentials { headers.append("Access-Control-Allow-Credentials", "true") }
    }

    /// What to send for an origin; nil if it is not allowed.
    private func allowed(_ origin: String) -> String? {
        if isForAny { return "*" }
        return configuration.origins.contains { $0 != .any && $0.matches(origin) } ? origin : nil
    }

    private static func value(_ name: HTTPField.Name?, _ request: Request) -> String? {
        name.flatMap { request.headers[$0] }
    }
}
