import MartletBytes
package import MartletGateway
package import MartletHTTP1
import NIOCore

/// Makes the head of a request of its variables, strictly: what HTTP would refuse is refused here too.
///
/// The rules:
///
/// 1. A variable that comes twice counts as it came last, since configurations include the usual list and then say what they
///    want otherwise; two lengths that differ are a fault.
/// 2. `HTTP_` variables become fields: lower-case letters, hyphens for underscores. `HTTP_PROXY` does not (httpoxy,
///    CVE-2016-5387), nor do fields about the connection, which the peer has dealt with, nor `HTTP_CONTENT_LENGTH` and
///    `HTTP_CONTENT_TYPE`, which nginx sends besides the variables without the prefix.
/// 3. The target is REQUEST_URI; path and mount are what ``CGIPath`` makes of it and of the others.
/// 4. The query is QUERY_STRING, which a peer may have rewritten, and that of REQUEST_URI where it is not there.
package struct CGIRequestReader: Sendable {
    private let limits: HeadLimits
    private let carrier: CGIProtocol

    package init(limits: HeadLimits, over carrier: CGIProtocol) {
        self.limits = limits
        self.carrier = carrier
    }

    /// How many variables there may be: those of the fields, and others. Apache with `SSLOptions +StdEnvVars` has about 70.
    package var variableLimits: CGIVariables.Limits { CGIVariables.Limits(count: limits.fields &+ 200) }

    /// - Parameter head: where the head is put; nobody else may hold it.
    package func read(_ variables: CGIVariables, into head: RequestHead) throws(CGIFault) -> CGIRequest {
        let result = variables.bytes.withUnsafeReadableBytes { bytes -> Result<CGIRequest, CGIFault> in
            var assembly = CGIHeadAssembly(bytes, limits: limits, carrier: carrier, head)
            do throws(CGIFault) {
                for entry in variables.entries { try assembly.take(entry.name, entry.value) }
                return .success(try assembly.settle())
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}
