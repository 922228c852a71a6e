; The Windows installer: per user, so that nobody needs an administrator. It never touches the register's data,
; neither when it replaces an older version nor when it is uninstalled.
Unicode true
!include "MUI2.nsh"

Name "Acopio"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Acopio"
InstallDirRegKey HKCU "Software\Acopio" "InstallDir"
RequestExecutionLevel user
SetCompressor /SOLID lzma
BrandingText "Acopio ${VERSION}"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Acopio"
!define WEBVIEW "{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\acopio-desktop.exe"

!insertmacro MUI_PAGE_LICENSE "${LICENSE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Spanish"
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "PortugueseBR"
!insertmacro MUI_LANGUAGE "French"

LangString NeedsWebView ${LANG_SPANISH} "La ventana de Acopio necesita WebView2 de Microsoft, que falta en este equipo. Instálelo antes de abrir Acopio."
LangString NeedsWebView ${LANG_ENGLISH} "Acopio's window needs Microsoft's WebView2, which this computer lacks. Install it before you open Acopio."
LangString NeedsWebView ${LANG_PORTUGUESEBR} "A janela do Acopio precisa do WebView2 da Microsoft, que falta neste computador. Instale-o antes de abrir o Acopio."
LangString NeedsWebView ${LANG_FRENCH} "La fenêtre d'Acopio a besoin de WebView2 de Microsoft, absent de cet ordinateur. Installez-le avant d'ouvrir Acopio."
LangString IsOpen ${LANG_SPANISH} "Acopio está abierto. Ciérrelo y vuelva a intentarlo."
LangString IsOpen ${LANG_ENGLISH} "Acopio is open. Close it and try again."
LangString IsOpen ${LANG_PORTUGUESEBR} "O Acopio está aberto. Feche-o e tente novamente."
LangString IsOpen ${LANG_FRENCH} "Acopio est ouvert. Fermez-le et réessayez."

; A program that runs cannot be replaced: ask rather than leave two versions mixed.
!macro RefuseWhileOpen
  IfFileExists "$INSTDIR\acopio-desktop.exe" 0 +6
  ClearErrors
  FileOpen $0 "$INSTDIR\acopio-desktop.exe" a
  IfErrors 0 +3
  MessageBox MB_ICONEXCLAMATION "$(IsOpen)" /SD IDOK
  Abort
  FileClose $0
!macroend

Section
  !insertmacro RefuseWhileOpen
  SetOutPath "$INSTDIR"
  File "${FILES}\acopio-desktop.exe"
  File "${FILES}\acopio.exe"
  File "${FILES}\acopio-server.exe"
  File "${LICENSE}"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Acopio.lnk" "$INSTDIR\acopio-desktop.exe"

  WriteRegStr HKCU "Software\Acopio" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Acopio"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\acopio-desktop.exe"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "Software\Classes\acopio" "" "URL:Acopio"
  WriteRegStr HKCU "Software\Classes\acopio" "URL Protocol" ""
  WriteRegStr HKCU "Software\Classes\acopio\shell\open\command" "" '"$INSTDIR\acopio-desktop.exe" "%1"'

  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\${WEBVIEW}" "pv"
  StrCmp $0 "" 0 done
  ReadRegStr $0 HKCU "Software\Microsoft\EdgeUpdate\Clients\${WEBVIEW}" "pv"
  StrCmp $0 "" 0 done
  MessageBox MB_ICONINFORMATION "$(NeedsWebView)" /SD IDOK
done:
SectionEnd

Section "Uninstall"
  !insertmacro RefuseWhileOpen
  Delete "$INSTDIR\acopio-desktop.exe"
  Delete "$INSTDIR\acopio.exe"
  Delete "$INSTDIR\acopio-server.exe"
  Delete "$INSTDIR\LICENSE"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Acopio.lnk"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Acopio"
  DeleteRegKey HKCU "Software\Classes\acopio"
SectionEnd
