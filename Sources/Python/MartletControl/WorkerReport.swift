/// What a worker says to the server: the rows of ``ControlMessage`` that it sends, with their values.
package enum WorkerReport: Equatable, Sendable {
    case forked
    case ready
    case failed(advice: String, traceback: String)
    case filesChanged
    case importing(seconds: Int, stack: String)
    case wantsSuccessor
    case reachedLimit
    case debugged
    case staticFolder(StaticFolderReport)
    case mediaType(suffix: String, type: String)
    case keepsStatic(reason: String)

    package init(_ bytes: ArraySlice<UInt8>) throws(ControlError) {
        let (message, values) = try ControlMessage.decode(bytes, from: .worker)
        switch (message, values.first, values.dropFirst().first) {
        case (.forked, nil, nil): self = .forked
        case (.ready, nil, nil): self = .ready
        case (.failed, .text(let advice)?, .text(let traceback)?): self = .failed(advice: advice, traceback: traceback)
        case (.filesChanged, nil, nil): self = .filesChanged
        case (.importing, .number(let seconds)?, .text(let stack)?): self = .importing(seconds: seconds, stack: stack)
        case (.wantsSuccessor, nil, nil): self = .wantsSuccessor
        case (.reachedLimit, nil, nil): self = .reachedLimit
        case (.debugged, nil, nil): self = .debugged
        case (.staticFolder, _, _): self = .staticFolder(StaticFolderReport(values))
        case (.mediaType, .text(let suffix)?, .text(let type)?): self = .mediaType(suffix: suffix, type: type)
        case (.keepsStatic, .text(let reason)?, nil): self = .keepsStatic(reason: reason)
        default: throw .wrongFields(message, expected: message.row.fields.count)
        }
    }

    package var bytes: [UInt8] {
        switch self {
        case .forked: ControlMessage.forked.encode([])
        case .ready: ControlMessage.ready.encode([])
        case .failed(let advice, let traceback): ControlMessage.failed.encode([.text(advice), .text(traceback)])
        case .filesChanged: ControlMessage.filesChanged.encode([])
        case .importing(let seconds, let stack): ControlMessage.importing.encode([.number(seconds), .text(stack)])
        case .wantsSuccessor: ControlMessage.wantsSuccessor.encode([])
        case .reachedLimit: ControlMessage.reachedLimit.encode([])
        case .debugged: ControlMessage.debugged.encode([])
        case .staticFolder(let report): ControlMessage.staticFolder.encode(report.values)
        case .mediaType(let suffix, let type): ControlMessage.mediaType.encode([.text(suffix), .text(type)])
        case .keepsStatic(let reason): ControlMessage.keepsStatic.encode([.text(reason)])
        }
    }
}
