// `import Martlet` gives what an app is written with. The server stays inside: it is started by `App.run()`.
@_exported public import HTTPTypes
@_exported public import MartletForms
@_exported public import MartletFramework
@_exported public import MartletGateway
@_exported public import MartletSessions
@_exported public import MartletTemplates
@_exported public import MartletWebSocket
@_exported public import NIOCore
