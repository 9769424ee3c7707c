/// A script that an application behind FastCGI is to run, such as php-fpm. All of it is decoded.
struct UpstreamScript: Sendable, Equatable {
    /// The folder of scripts: absolute, DOCUMENT_ROOT.
    let folder: [UInt8]
    /// Where it is below the folder, with a slash before it.
    let name: [UInt8]
    /// What follows its name in the path of the request: empty, or it begins with a slash.
    var pathInfo: [UInt8] = []

    /// SCRIPT_FILENAME
    var path: [UInt8] { folder + name }
}
