package import MartletGateway

/// What is wrong with a request, in whichever protocol it came: the answer, and a sentence for the log.
package protocol RequestRefusal: ResponseError, CustomStringConvertible {}
