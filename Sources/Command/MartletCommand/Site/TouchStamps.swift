import MartletServer

/// When some files were last changed.
struct TouchStamps: Sendable, Equatable {
    private let files: [String]
    private var stamps: [FileStamp]

    init(_ files: [String]) {
        self.files = files
        stamps = files.map { FileStamp([$0]) }
    }

    /// Looks again.
    ///
    /// - Returns: the first file that has changed since the last look, or has come. One that has gone is waited for: what writes a file
    ///   anew may take it away first.
    mutating func look() -> String? {
        var touched: String?
        for (index, file) in files.enumerated() {
            let stamp = FileStamp([file])
            guard stamp.isWhole, stamp != stamps[index] else { continue }
            stamps[index] = stamp
            touched = touched ?? file
        }
        return touched
    }
}
