package fault

// The codes, by the part of the product they come from.
const (
	Internal   Code = "internal"
	BadUsage   Code = "bad_usage"
	BadRequest Code = "bad_request"
	NotFound   Code = "not_found"
	NotAllowed Code = "not_allowed"

	UnknownCollection Code = "unknown_collection"
	UnknownNetwork    Code = "unknown_network"
	UnknownField      Code = "unknown_field"
	WrongType         Code = "wrong_type"
	MissingField      Code = "missing_field"
	UnknownChoice     Code = "unknown_choice"
	TooLong           Code = "too_long"
	OutOfRange        Code = "out_of_range"
	BrokenReference   Code = "broken_reference"
	BadCoordinate     Code = "bad_coordinate"
	BadFLOID          Code = "bad_flo_id"
	BadEmail          Code = "bad_email"
	BadPhone          Code = "bad_phone"
	BadURL            Code = "bad_url"
	BadDate           Code = "bad_date"
	BadCountry        Code = "bad_country"
	BadID             Code = "bad_id"
	BadSum            Code = "bad_sum"
	Immutable         Code = "immutable"
	AppendOnly        Code = "append_only"
	ReadOnly          Code = "read_only"
	AlreadyExists     Code = "already_exists"
	GroupFailed       Code = "group_failed"
	RecordMerged      Code = "record_merged"
	MergedElsewhere   Code = "merged_elsewhere"
	DeletedLongAgo    Code = "deleted_long_ago"
	NotMergeable      Code = "not_mergeable"
	MergeUnknown      Code = "merge_unknown"
	MergeUndone       Code = "merge_undone"
	OpReused          Code = "op_reused"
	ManyDeletions     Code = "many_deletions"
	DeletionsHeld     Code = "deletions_held"
	DeletionsAsked    Code = "deletions_asked"
	DeletionsDeclined Code = "deletions_declined"

	ReplicaInUse    Code = "replica_in_use"
	ReplicaNewer    Code = "replica_newer"
	ReplicaCorrupt  Code = "replica_corrupt"
	DiskFull        Code = "disk_full"
	DiskReadOnly    Code = "disk_read_only"
	DiskFailing     Code = "disk_failing"
	NotEnrolled     Code = "not_enrolled"
	AlreadyEnrolled Code = "already_enrolled"
	DeviceRevoked   Code = "device_revoked"
	DeviceUnknown   Code = "device_unknown"
	DeviceCopied    Code = "device_copied"
	DeviceWiped     Code = "device_wiped"
	LeaseExpired    Code = "lease_expired"
	OrderRefused    Code = "order_refused"
	ErrandFull      Code = "errand_full"

	ServerUnreachable Code = "server_unreachable"
	ServerUnknownHost Code = "server_unknown_host"
	ServerRefused     Code = "server_refused"
	ServerReset       Code = "server_reset"
	ServerTimeout     Code = "server_timeout"
	ServerNotAcopio   Code = "server_not_acopio"
	ServerPlain       Code = "server_plain"
	ServerRedirects   Code = "server_redirects"
	ServerCertificate Code = "server_certificate"
	ServerClock       Code = "server_clock"
	ServerBusy        Code = "server_busy"
	ServerDisk        Code = "server_disk"
	ProxyRequired     Code = "proxy_required"
	ProtocolTooOld    Code = "protocol_too_old"
	BadFrame          Code = "bad_frame"
	SyncIncomplete    Code = "sync_incomplete"

	CodeWrong        Code = "code_wrong"
	CodeExpired      Code = "code_expired"
	CodeUsed         Code = "code_used"
	WrongPassword    Code = "wrong_password"
	WeakPassword     Code = "weak_password"
	TooManyAttempts  Code = "too_many_attempts"
	SignInNeeded     Code = "sign_in_needed"
	UserExists       Code = "user_exists"
	UserUnknown      Code = "user_unknown"
	NetworkExists    Code = "network_exists"
	PlainHTTP        Code = "plain_http"
	StoreUnsupported Code = "store_unsupported"
	DirNotEmpty      Code = "dir_not_empty"
	BadBackup        Code = "bad_backup"
	ServerInUse      Code = "server_in_use"
	SetupDone        Code = "setup_done"
	SetupLinkOld     Code = "setup_link_old"
	LastAdmin        Code = "last_admin"
	CrossOrigin      Code = "cross_origin"
	BadCertificate   Code = "bad_certificate"

	NotASpreadsheet Code = "not_a_spreadsheet"
	OldWorkbook     Code = "old_workbook"
	FileTooLarge    Code = "file_too_large"
	FileBomb        Code = "file_bomb"
	TooManyRows     Code = "too_many_rows"
	BadMapping      Code = "bad_mapping"
	ColumnMissing   Code = "column_missing"
	RowTooWide      Code = "row_too_wide"
	BatchUnknown    Code = "batch_unknown"
	BatchUndone     Code = "batch_undone"
	BatchElsewhere  Code = "batch_elsewhere"

	EmptyFile         Code = "empty_file"
	FileDamaged       Code = "file_damaged"
	WorkbookLocked    Code = "workbook_locked"
	SheetMissing      Code = "sheet_missing"
	TooManyColumns    Code = "too_many_columns"
	CellTooLong       Code = "cell_too_long"
	ColumnIgnored     Code = "column_ignored"
	ColumnCalculated  Code = "column_calculated"
	ColumnUnmapped    Code = "column_unmapped"
	RowTooNarrow      Code = "row_too_narrow"
	RowRecoded        Code = "row_recoded"
	RowRepeated       Code = "row_repeated"
	RowJoined         Code = "row_joined"
	PossibleDuplicate Code = "possible_duplicate"
	RowSimilar        Code = "row_similar"
	IDRepeated        Code = "id_repeated"
	SimilarMatch      Code = "similar_match"
	NameDiffers       Code = "name_differs"
	CellClash         Code = "cell_clash"
	BadOptions        Code = "bad_options"
	NumberTaken       Code = "number_taken"
	RowGone           Code = "row_gone"
	AmbiguousMatch    Code = "ambiguous_match"
	NotAdded          Code = "not_added"
	NotUpdated        Code = "not_updated"
	ValueKept         Code = "value_kept"
	ValueTagged       Code = "value_tagged"
	ValueLost         Code = "value_lost"
	ChildIncomplete   Code = "child_incomplete"
	UnknownFormat     Code = "unknown_format"
	KeptEdited        Code = "kept_edited"
	KeptInUse         Code = "kept_in_use"
	KeptFixed         Code = "kept_fixed"
)

// catalog gives each code its kind and its sentence: what happened, and what to do next.
var catalog = map[Code]info{
	Internal:   {Broken, "Algo falló dentro de Acopio. Lo que guardó sigue guardado; inténtelo de nuevo y, si se repite, avise a soporte.", "Something failed inside Acopio. What you saved is still saved; try again and, if it happens again, tell support."},
	BadUsage:   {Usage, "La orden no se entiende: {detail}", "The command is not understood: {detail}"},
	BadRequest: {Rejected, "La petición no se entiende: {detail}", "The request is not understood: {detail}"},
	NotFound:   {Missing, "No existe: {what}", "Not found: {what}"},
	NotAllowed: {Forbidden, "Su rol no permite esto.", "Your role does not allow this."},

	UnknownCollection: {Rejected, "No existe la colección «{collection}».", "There is no collection “{collection}”."},
	UnknownNetwork:    {Rejected, "No existe la red «{network}», o usted no tiene acceso a ella.", "There is no network “{network}”, or you have no access to it."},
	UnknownField:      {Rejected, "La colección «{collection}» no tiene el campo «{field}».", "Collection “{collection}” has no field “{field}”."},
	WrongType:         {Rejected, "El campo «{field}» espera {want}; se recibió «{got}».", "Field “{field}” expects {want}; it got “{got}”."},
	MissingField:      {Rejected, "Falta el campo obligatorio «{field}».", "The required field “{field}” is missing."},
	UnknownChoice:     {Rejected, "«{got}» no es una opción de «{field}». Opciones: {choices}.", "“{got}” is not a choice for “{field}”. Choices: {choices}."},
	TooLong:           {Rejected, "El campo «{field}» es demasiado largo (máximo {max}).", "Field “{field}” is too long (at most {max})."},
	OutOfRange:        {Rejected, "El valor {got} de «{field}» está fuera de rango ({range}).", "Value {got} of “{field}” is out of range ({range})."},
	BrokenReference:   {Rejected, "El campo «{field}» apunta a un registro que no existe en esta red: {got}.", "Field “{field}” points to a record that does not exist in this network: {got}."},
	BadCoordinate:     {Rejected, "La coordenada de «{field}» no es válida: {got}. Latitud entre -90 y 90, longitud entre -180 y 180, ambas o ninguna.", "The coordinate in “{field}” is not valid: {got}. Latitude from -90 to 90, longitude from -180 to 180, both or neither."},
	BadFLOID:          {Rejected, "«{got}» no es un FLO ID válido: debe ser un número de 1 a 7 cifras.", "“{got}” is not a valid FLO ID: it must be a number of 1 to 7 digits."},
	BadEmail:          {Rejected, "«{got}» no es un correo electrónico válido.", "“{got}” is not a valid e-mail address."},
	BadPhone:          {Rejected, "«{got}» no es un teléfono válido. Escríbalo con código de país: +51 987 654 321.", "“{got}” is not a valid phone number. Write it with its country code: +51 987 654 321."},
	BadURL:            {Rejected, "«{got}» no es una dirección web válida.", "“{got}” is not a valid web address."},
	BadDate:           {Rejected, "«{got}» no es una fecha válida (AAAA-MM-DD).", "“{got}” is not a valid date (YYYY-MM-DD)."},
	BadCountry:        {Rejected, "«{got}» no es un código de país ISO de dos letras.", "“{got}” is not a two-letter ISO country code."},
	BadID:             {Rejected, "«{got}» no es un identificador válido (UUID).", "“{got}” is not a valid identifier (UUID)."},
	BadSum:            {Rejected, "Las partes suman {sum}, pero «{field}» dice {total}.", "The parts add up to {sum}, but “{field}” says {total}."},
	Immutable:         {Rejected, "El campo «{field}» no se puede cambiar una vez guardado.", "Field “{field}” cannot be changed once saved."},
	AppendOnly:        {Rejected, "Los registros de «{collection}» no se modifican: añada uno nuevo o elimine este.", "Records of “{collection}” are not edited: add a new one or delete this one."},
	ReadOnly:          {Rejected, "Solo el servidor escribe en «{collection}».", "Only the server writes to “{collection}”."},
	AlreadyExists:     {Clash, "Ya existe: {what}", "It already exists: {what}"},
	RecordMerged:      {Clash, "Este registro se unió a otro ({into}): ábralo y haga allí el cambio.", "This record was merged into another ({into}): open that one and make the change there."},
	MergedElsewhere:   {Clash, "Otra persona ya unió este registro a otro distinto ({into}). No se cambió nada: revíselo y, si hace falta, una los que quedan.", "Somebody else has already merged this record into a different one ({into}). Nothing was changed: look at it and, if need be, merge the ones that are left."},
	DeletedLongAgo:    {Clash, "Este registro se borró hace mucho y ya no se guarda nada de él ({what}): lo que usted escribió no se aplicó y sigue aquí, para que lo lea o lo copie.", "This record was deleted long ago and nothing of it is kept any more ({what}): what you wrote was not applied and is still here, to be read or copied."},
	NotMergeable:      {Rejected, "Estos dos registros no se pueden unir: {detail}", "These two records cannot be merged: {detail}"},
	MergeUnknown:      {Missing, "Esa unión no se hizo en este equipo, o ya no se puede deshacer.", "That merge was not made on this computer, or can no longer be undone."},
	MergeUndone:       {Clash, "Esa unión ya se deshizo.", "That merge was already undone."},
	ManyDeletions:     {Rejected, "Con esto se eliminarían {count} registros a la vez. Si es lo que quiere, confírmelo.", "This would delete {count} records at once. If that is what you want, confirm it."},
	DeletionsHeld:     {Rejected, "Son más de {most} eliminaciones en un día: no se eliminó nada y se le preguntó a la oficina. Si ella acepta, los registros se eliminarán solos.", "These are more than {most} deletions in a day: nothing was deleted, and the office has been asked. If it accepts, the records will go by themselves."},
	DeletionsAsked:    {Clash, "De esta eliminación ya decide la oficina: enviarla otra vez sería preguntarle dos veces.", "The office is already deciding about this deletion: sending it again would ask it twice."},
	DeletionsDeclined: {Rejected, "La oficina no aceptó este cambio: era parte de más eliminaciones de las que se pueden hacer en un día. El registro quedó como estaba.", "The office did not accept this change: it was among more deletions than may be made in a day. The record stayed as it was."},
	OpReused:          {Clash, "Otra computadora envió un cambio con el mismo identificador: parece una copia de este equipo. Se enviará de nuevo con otro.", "Another computer sent a change with the same identifier: it seems to be a copy of this one. It will be sent again with another."},
	GroupFailed:       {Rejected, "Este cambio iba junto con otro que fue rechazado; no se aplicó ninguno de los dos.", "This change went together with another that was rejected; neither was applied."},

	ReplicaInUse:    {Clash, "Otro programa de Acopio tiene abierta esta carpeta de datos. Ciérrelo e inténtelo de nuevo.", "Another Acopio program has this data folder open. Close it and try again."},
	ReplicaNewer:    {Clash, "Estos datos son de una versión más nueva de Acopio. No se ha tocado nada: actualice el programa.", "This data belongs to a newer version of Acopio. Nothing was touched: update the program."},
	ReplicaCorrupt:  {Broken, "El archivo de datos está dañado. Se apartó una copia, se rescataron sus cambios sin enviar y lo demás se descargará de nuevo.", "The data file is damaged. A copy was set aside, your unsent changes were salvaged, and the rest will be downloaded again."},
	DiskFull:        {Broken, "El disco está lleno: el cambio no se guardó. Libere espacio e inténtelo de nuevo; lo anterior sigue a salvo.", "The disk is full: the change was not saved. Free some space and try again; what was there is safe."},
	DiskReadOnly:    {Broken, "El disco no permite escribir: el cambio no se guardó.", "The disk does not allow writing: the change was not saved."},
	DiskFailing:     {Broken, "El disco no pudo leer o escribir: el cambio no se guardó. Lo anterior sigue a salvo. Haga una copia de esta carpeta y revise el disco.", "The disk could not read or write: the change was not saved. What was there is safe. Copy this folder and have the disk checked."},
	NotEnrolled:     {Unenrolled, "Esta computadora aún no está inscrita. Pida un código a su oficina e inscríbala.", "This computer is not enrolled yet. Ask your office for a code and enroll it."},
	AlreadyEnrolled: {Clash, "Esta computadora ya está inscrita en {server}.", "This computer is already enrolled with {server}."},
	DeviceRevoked:   {Unenrolled, "La oficina retiró el acceso de esta computadora. Sus cambios sin enviar no se pierden: están guardados aquí o la oficina los tiene como propuestas.", "The office withdrew this computer's access. Your unsent changes are not lost: they are kept here or the office has them as proposals."},
	DeviceUnknown:   {Unenrolled, "El servidor no conoce esta computadora. Pida un código nuevo e inscríbala otra vez; sus cambios siguen guardados.", "The server does not know this computer. Ask for a new code and enroll it again; your changes are still kept."},
	DeviceCopied:    {Clash, "Estos archivos son una copia de los de otro equipo, o más antiguos que los suyos: esta computadora recibe una identidad propia. No se perdió nada.", "These files are a copy of another computer's, or older than its own: this computer is given an identity of its own. Nothing was lost."},
	DeviceWiped:     {Unenrolled, "La oficina ordenó borrar los datos de esta computadora, y ya no están aquí.", "The office ordered the data on this computer to be deleted, and it is no longer here."},
	LeaseExpired:    {Forbidden, "Esta computadora lleva más de {days} días sin contacto con la oficina y el registro está bloqueado. No se ha perdido nada: conéctese para desbloquearlo.", "This computer has not been in contact with the office for more than {days} days, and the register is locked. Nothing is lost: connect to unlock it."},
	OrderRefused:    {Forbidden, "Llegó una orden de borrado que no es de la oficina o no es para esta computadora. No se obedeció.", "An order to delete arrived that is not from the office or not for this computer. It was not obeyed."},
	ErrandFull:      {Clash, "Hay demasiados cambios sin enviar para entregarlos solos. Siguen guardados aquí: llame a la oficina.", "There are too many unsent changes to hand in by themselves. They are still kept here: call the office."},

	ServerUnreachable: {Unreachable, "No hay conexión con el servidor. Su trabajo está a salvo aquí y se enviará solo.", "The server cannot be reached. Your work is safe here and will be sent by itself."},
	ServerUnknownHost: {Unreachable, "No se encuentra el servidor «{host}». Puede que no haya internet, o que la dirección esté mal escrita.", "The server “{host}” cannot be found. There may be no internet, or the address may be misspelled."},
	ServerRefused:     {Unreachable, "El servidor no acepta conexiones en este momento. Se reintentará solo.", "The server is not accepting connections right now. It will be retried by itself."},
	ServerReset:       {Unreachable, "La conexión se cortó. Se reintentará sola; no se perdió nada.", "The connection was cut. It will be retried by itself; nothing was lost."},
	ServerTimeout:     {Unreachable, "El servidor no respondió a tiempo. Se reintentará solo.", "The server did not answer in time. It will be retried by itself."},
	ServerNotAcopio:   {Unreachable, "En esa dirección no responde un servidor de Acopio. Si la red pide iniciar sesión en una página web (hotel, café), hágalo primero.", "What answers at that address is not an Acopio server. If this network asks you to sign in on a web page (hotel, café), do that first."},
	ServerPlain:       {Unreachable, "En esa dirección se responde sin cifrar. Si es la del servidor de su oficina y se la dieron así, escríbala con http:// delante; si la red pide iniciar sesión en una página web (hotel, café), hágalo primero.", "What answers at that address does not encrypt. If it is your office's server and its address was given to you like that, type http:// in front of it; if this network asks you to sign in on a web page (hotel, café), do that first."},
	ServerRedirects:   {Unreachable, "La red desvía la conexión a otra dirección ({location}). Si pide iniciar sesión en una página web, hágalo primero.", "The network redirects the connection to another address ({location}). If it asks you to sign in on a web page, do that first."},
	ServerCertificate: {Unreachable, "El certificado del servidor no es de confianza ({detail}). No se envió nada. Avise a la oficina.", "The server's certificate is not trusted ({detail}). Nothing was sent. Tell the office."},
	ServerClock:       {Unreachable, "El reloj de esta computadora parece equivocado (dice {now}) y por eso se rechaza el certificado. Corrija la fecha.", "This computer's clock looks wrong (it says {now}), so the certificate is refused. Correct the date."},
	ServerBusy:        {Busy, "El servidor está ocupado. Se reintentará solo.", "The server is busy. It will be retried by itself."},
	ServerDisk:        {Busy, "El disco del servidor está lleno o falla, y la oficina debe revisarlo. Su trabajo está a salvo aquí y se enviará solo.", "The server's disk is full or failing, and the office must look at it. Your work is safe here and will be sent by itself."},
	ProxyRequired:     {Unreachable, "La red exige un proxy o una clave para salir a internet.", "This network requires a proxy or a password to reach the internet."},
	ProtocolTooOld:    {Clash, "Esta versión de Acopio es demasiado antigua para el servidor. Actualícela; sus cambios siguen guardados.", "This version of Acopio is too old for the server. Update it; your changes are still kept."},
	BadFrame:          {Broken, "Llegó un mensaje que no se entiende. Se cortó la conexión y se reintentará.", "A message arrived that is not understood. The connection was closed and will be retried."},
	SyncIncomplete:    {Unreachable, "La sincronización no terminó a tiempo; quedan {pending} cambios por enviar.", "The sync did not finish in time; {pending} changes are still to be sent."},

	CodeWrong:        {Rejected, "El código no es correcto. Revíselo o pida otro.", "The code is not right. Check it or ask for another."},
	CodeExpired:      {Rejected, "El código ya venció. Pida otro a la oficina.", "The code has expired. Ask the office for another."},
	CodeUsed:         {Rejected, "El código ya se usó. Cada código sirve una sola vez: pida otro.", "The code has already been used. Each code works only once: ask for another."},
	WrongPassword:    {Unauthenticated, "El correo o la contraseña no son correctos.", "The e-mail or the password is not right."},
	WeakPassword:     {Rejected, "La contraseña debe tener al menos {min} caracteres.", "The password must have at least {min} characters."},
	TooManyAttempts:  {Busy, "Demasiados intentos. Espere {seconds} segundos.", "Too many attempts. Wait {seconds} seconds."},
	SignInNeeded:     {Unauthenticated, "Inicie sesión para continuar.", "Sign in to continue."},
	UserExists:       {Clash, "Ya hay una persona con el correo {email}.", "There is already a person with the e-mail {email}."},
	UserUnknown:      {Missing, "No hay ninguna persona con el correo {email}.", "There is no person with the e-mail {email}."},
	NetworkExists:    {Clash, "Ya existe la red «{network}».", "Network “{network}” already exists."},
	PlainHTTP:        {Usage, "Sin certificado, el servidor solo escucha en esta máquina. Use --tls-cert y --tls-key, --tls-auto, o --insecure-http si otro programa pone el cifrado.", "Without a certificate the server only listens on this machine. Use --tls-cert and --tls-key, --tls-auto, or --insecure-http if something in front of it does the encryption."},
	StoreUnsupported: {Usage, "Este servidor aún no guarda en {store}: solo en sqlite.", "This server does not store to {store} yet: only to sqlite."},
	DirNotEmpty:      {Clash, "La carpeta {dir} no está vacía. Restaure en una carpeta nueva: no se ha tocado nada.", "The folder {dir} is not empty. Restore into a new folder: nothing was touched."},
	BadBackup:        {Rejected, "El archivo {file} no es una copia de seguridad de Acopio, o está dañado.", "The file {file} is not an Acopio backup, or it is damaged."},
	ServerInUse:      {Clash, "Ya hay un servidor de Acopio con esta carpeta de datos.", "An Acopio server is already running on this data folder."},
	SetupDone:        {Clash, "La primera persona administradora ya existe: este enlace ya no sirve.", "The first administrator already exists: this link no longer works."},
	SetupLinkOld:     {Rejected, "Este enlace ya no sirve. El servidor imprime uno nuevo cada vez que arranca.", "This link no longer works. The server prints a new one each time it starts."},
	LastAdmin:        {Clash, "Es la única persona administradora que queda: nombre antes a otra.", "This is the only administrator left: name another one first."},
	CrossOrigin:      {Forbidden, "La petición viene de otra página web y se rechazó.", "The request comes from another web page and was refused."},
	BadCertificate:   {Usage, "El certificado no sirve. {file}: {detail}.", "The certificate cannot be used. {file}: {detail}."},

	NotASpreadsheet: {Rejected, "El archivo no es una hoja de cálculo: se espera CSV o XLSX.", "The file is not a spreadsheet: CSV or XLSX is expected."},
	OldWorkbook:     {Rejected, "Es un libro de Excel antiguo (.xls). Ábralo en Excel y guárdelo como «Libro de Excel (.xlsx)».", "This is an old Excel workbook (.xls). Open it in Excel and save it as “Excel Workbook (.xlsx)”."},
	FileTooLarge:    {Rejected, "El archivo es demasiado grande (máximo {max}).", "The file is too large (at most {max})."},
	FileBomb:        {Rejected, "El archivo se expande a un tamaño desmedido y no se abrió.", "The file expands to an unreasonable size and was not opened."},
	TooManyRows:     {Rejected, "El archivo tiene más de {max} filas. Divídalo en partes; no se importó nada.", "The file has more than {max} rows. Split it into parts; nothing was imported."},
	BadMapping:      {Rejected, "El mapeo de columnas no es válido: {detail}", "The column mapping is not valid: {detail}"},
	ColumnMissing:   {Rejected, "El archivo no tiene la columna «{column}» que pide el mapeo.", "The file has no column “{column}”, which the mapping asks for."},
	RowTooWide:      {Rejected, "La fila {row} tiene más celdas que el encabezado.", "Row {row} has more cells than the header."},
	BatchUnknown:    {Missing, "No existe la importación {batch}.", "There is no import {batch}."},
	BatchUndone:     {Clash, "La importación {batch} ya se deshizo.", "Import {batch} was already undone."},
	BatchElsewhere:  {Clash, "La importación {batch} se hizo en otro equipo: deshágala allí.", "Import {batch} was made on another computer: undo it there."},

	EmptyFile:         {Rejected, "El archivo está vacío: no tiene encabezado ni filas.", "The file is empty: it has neither a header nor rows."},
	FileDamaged:       {Rejected, "El archivo está dañado o incompleto y no se importó nada. Ábralo en su hoja de cálculo, guárdelo de nuevo e inténtelo otra vez.", "The file is damaged or incomplete and nothing was imported. Open it in your spreadsheet program, save it again and retry."},
	WorkbookLocked:    {Rejected, "El libro está protegido con contraseña. Guárdelo sin contraseña e inténtelo otra vez.", "The workbook is protected with a password. Save it without one and retry."},
	SheetMissing:      {Rejected, "El libro no tiene la hoja «{sheet}».", "The workbook has no sheet “{sheet}”."},
	TooManyColumns:    {Rejected, "El archivo tiene más de {max} columnas. Borre las que no hacen falta y guárdelo de nuevo.", "The file has more than {max} columns. Delete those that are not needed and save it again."},
	CellTooLong:       {Rejected, "La columna «{column}» tiene un texto demasiado largo (máximo {max}). ¿Falta cerrar unas comillas?", "Column “{column}” holds a text that is too long (at most {max}). Is a closing quote missing?"},
	ColumnIgnored:     {Rejected, "No se importa: así lo dice el mapeo.", "Not imported: the mapping says so."},
	ColumnCalculated:  {Rejected, "No se lee: Acopio la calcula a partir de otros datos.", "Not read: Acopio calculates it from other data."},
	ColumnUnmapped:    {Rejected, "No se importa: no está en el mapeo.", "Not imported: it is not in the mapping."},
	RowTooNarrow:      {Rejected, "La fila tiene {got} celdas y el encabezado {want}; las que faltan se toman por vacías.", "The row has {got} cells and the header {want}; the missing ones are taken as empty."},
	RowRecoded:        {Rejected, "La fila no está en UTF-8 como el resto del archivo: se leyó como Windows-1252. Revise los acentos.", "The row is not in UTF-8 like the rest of the file: it was read as Windows-1252. Check the accents."},
	RowRepeated:       {Rejected, "La fila es idéntica a la fila {row}: se omitió.", "The row is identical to row {row}: it was skipped."},
	RowJoined:         {Rejected, "Es la misma organización que la fila {row}: se juntaron.", "It is the same organization as row {row}: they were joined."},
	PossibleDuplicate: {Rejected, "Posible duplicado de «{title}» ({where}, {percent} % parecido).", "Possible duplicate of “{title}” ({where}, {percent}% alike)."},
	RowSimilar:        {Rejected, "Posible duplicado de la fila {row}, «{title}» ({percent} % parecido).", "Possible duplicate of row {row}, “{title}” ({percent}% alike)."},
	IDRepeated:        {Rejected, "La fila {row}, «{title}», tiene el mismo identificador ({got}).", "Row {row}, “{title}”, has the same identifier ({got})."},
	BadOptions:        {Rejected, "Las opciones no son válidas ({got}): cada una necesita un código propio y un nombre.", "The options are not valid ({got}): each needs a code of its own and a name."},
	NumberTaken:       {Rejected, "Otro campo ya tiene el número {got}: cree el campo de nuevo.", "Another field has number {got} already: create the field anew."},
	CellClash:         {Rejected, "«{field}» cambió en los dos lados: el libro dice «{got}», el registro «{now}»; al exportar decía «{was}». Quedan los dos valores, para decidir en Conflictos.", "“{field}” changed on both sides: the workbook says “{got}”, the register “{now}”; when exported it said “{was}”. Both values are kept, to be decided under Conflicts."},
	RowGone:           {Rejected, "Alguien borró este registro después de exportar el libro.", "Somebody deleted this record after the workbook was exported."},
	NameDiffers:       {Rejected, "Su identificador es el de «{title}», aunque el nombre es otro.", "Its identifier is that of “{title}”, although the name is different."},
	SimilarMatch:      {Rejected, "Se tomó por «{title}», del mismo lugar y {percent} % parecido.", "It was taken for “{title}”, of the same place and {percent}% alike."},
	AmbiguousMatch:    {Rejected, "Hay {count} registros que pueden ser este, entre ellos «{title}»; no se tocó ninguno.", "{count} records may be this one, “{title}” among them; none was touched."},
	NotAdded:          {Rejected, "Ya existe «{title}», y se pidió solo añadir.", "“{title}” already exists, and only adding was asked for."},
	NotUpdated:        {Rejected, "No existe todavía, y se pidió solo actualizar.", "It does not exist yet, and only updating was asked for."},
	ValueKept:         {Rejected, "El valor de la columna «{column}» va a las notas o, donde no las hay, queda como etiqueta.", "The value of column “{column}” goes to the notes or, where there are none, is kept as a tag."},
	ValueTagged:       {Rejected, "«{got}», de la columna «{column}», no es una opción de «{field}»: se guardó como etiqueta.", "“{got}”, from column “{column}”, is not a choice for “{field}”: it was kept as a tag."},
	ValueLost:         {Rejected, "El valor «{got}» de la columna «{column}» no se pudo guardar.", "Value “{got}” of column “{column}” could not be kept."},
	ChildIncomplete:   {Rejected, "De esta fila no se crea «{collection}»; sus datos van a las notas.", "No “{collection}” is made of this row; its data goes to the notes."},
	UnknownFormat:     {Usage, "No se conoce el formato «{format}». Formatos: csv, xlsx, geojson, ndjson.", "Format “{format}” is not known. Formats: csv, xlsx, geojson, ndjson."},
	KeptEdited:        {Clash, "Alguien lo cambió después de importarlo: se dejó como está.", "Somebody changed it after the import: it was left as it is."},
	KeptInUse:         {Clash, "Después de importarlo se le añadieron otros registros: se dejó como está.", "Other records were added to it after the import: it was left as it is."},
	KeptFixed:         {Clash, "El campo «{field}» no se puede cambiar una vez guardado: se dejó como está.", "Field “{field}” cannot be changed once saved: it was left as it is."},
}
