/// The CGI variables that have a meaning here: those of RFC 3875 section 4.1, and what servers have added to them. Those of
/// header fields begin with `HTTP_` and are no part of the list.
package enum CGIName: UInt8, CaseIterable, Sendable {
    case authType, contentLength, contentType, documentURI, gatewayInterface, https, pathInfo, queryString,
        remoteAddress
    case remotePort, remoteUser, requestMethod, requestScheme, requestURI, scgi, scriptFilename, scriptName
    case serverAddress, serverName, serverPort, serverProtocol, serverSoftware, clientVerify, clientSubject
    case clientCertificate, uwsgiScheme

    package var text: StaticString {
        switch self {
        case .authType: "AUTH_TYPE"
        case .contentLength: "CONTENT_LENGTH"
        case .contentType: "CONTENT_TYPE"
        // nginx and Caddy: the path as they understood it, decoded and without dot segments.
        case .documentURI: "DOCUMENT_URI"
        case .gatewayInterface: "GATEWAY_INTERFACE"
        // mod_ssl: `on`, or not there. IIS says `off`.
        case .https: "HTTPS"
        case .pathInfo: "PATH_INFO"
        case .queryString: "QUERY_STRING"
        case .remoteAddress: "REMOTE_ADDR"
        case .remotePort: "REMOTE_PORT"
        case .remoteUser: "REMOTE_USER"
        case .requestMethod: "REQUEST_METHOD"
        case .requestScheme: "REQUEST_SCHEME"
        // The target of the request line, as it came.
        case .requestURI: "REQUEST_URI"
        case .scgi: "SCGI"
        // A file; from Apache's mod_proxy_fcgi and mod_proxy_scgi, the address that the request was mapped to.
        case .scriptFilename: "SCRIPT_FILENAME"
        case .scriptName: "SCRIPT_NAME"
        case .serverAddress: "SERVER_ADDR"
        case .serverName: "SERVER_NAME"
        case .serverPort: "SERVER_PORT"
        case .serverProtocol: "SERVER_PROTOCOL"
        case .serverSoftware: "SERVER_SOFTWARE"
        // mod_ssl's names for the certificate of a client.
        case .clientVerify: "SSL_CLIENT_VERIFY"
        case .clientSubject: "SSL_CLIENT_S_DN"
        case .clientCertificate: "SSL_CLIENT_CERT"
        // uWSGI: `http` or `https`, where HTTPS cannot say it.
        case .uwsgiScheme: "UWSGI_SCHEME"
        }
    }

    /// By the length of the name.
    private static let known: [[CGIName]] = {
        var known = [[CGIName]](repeating: [], count: 1 + (allCases.map(\.text.utf8CodeUnitCount).max() ?? 0))
        for name in allCases { known[name.text.utf8CodeUnitCount].append(name) }
        return known
    }()

    package init?(_ name: UnsafeRawBufferPointer) {
        guard Self.known.indices.contains(name.count),
            let found = Self.known[name.count].first(where: { $0.text.withUTF8Buffer { name.elementsEqual($0) } })
        else { return nil }
        self = found
    }
}
